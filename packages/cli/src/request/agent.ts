import { basename, dirname, join, sep } from "node:path";
import type { Client } from "@tutti/client";
import type { Agent } from "@tutti/core";
import { badInput } from "../failure.ts";
import { refuseUncommittedAgents } from "../repository.ts";
import { plain } from "../terminal/text.ts";

export interface FoundAgent {
  file: string;
  agent: Agent;
  /** Whether the file is the repository's own: the addresses that it names need trust then. */
  repositoryAgent: boolean;
}

/**
 * The agent of a name: the repository's own, else the person's, else the one that comes with Tutti. Throws a `Failure` that
 * names file, line and column when the file that counts cannot be read, or the known agents when there is none.
 */
export async function findAgent(client: Client, name: string, repository: string): Promise<FoundAgent> {
  const { agents, problems } = await client.agents({ repository });
  const own = join(repository, ".tutti") + sep;
  const found = agents.find(({ agent }) => agent.name === name);
  // The file that counts most may be the broken one; one that counts less must not step in for it.
  const broken = problems.findLast(({ file }) => [`${name}.yaml`, `${name}.yml`].includes(basename(file)));
  if (broken && (broken.file.startsWith(own) || !found?.file.startsWith(own)))
    throw badInput(`${dirname(broken.file)}${sep}${broken.message}`);
  if (found) {
    const repositoryAgent = found.file.startsWith(own);
    if (repositoryAgent) await refuseUncommittedAgents(repository);
    return { ...found, repositoryAgent };
  }
  const [other] = problems;
  throw badInput(
    `no agent named ${plain(name)}; known: ${agents.map(({ agent }) => agent.name).join(", ") || "none"}` +
      (other ? ` (and a file that cannot be read: ${dirname(other.file)}${sep}${other.message})` : ""),
  );
}
