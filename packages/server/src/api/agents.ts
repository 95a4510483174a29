import path from "node:path";
import { findAgents } from "../agents/agent-files.ts";
import type { Endpoints } from "./endpoint.ts";
import { problem } from "./problem.ts";

/** @param folders where agent files are, the later ones counting more. */
export function agentEndpoints(folders: readonly string[]): Pick<Endpoints, "agents"> {
  return {
    async agents({ query: { repository } }) {
      if (repository !== undefined && !path.isAbsolute(repository))
        return problem("invalid", "repository: give an absolute path", { field: "repository" });
      const own = repository === undefined ? [] : [path.join(repository, ".tutti", "agents")];
      const { agents, problems } = await findAgents([...folders, ...own]);
      return { agents: agents.map(({ file, agent }) => ({ file, agent })), problems };
    },
  };
}
