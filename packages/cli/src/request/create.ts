import type { Client } from "@tutti/client";
import type { Agent, TaskSpec } from "@tutti/core";
import { badInput } from "../failure.ts";

export interface NewRequest {
  client: Client;
  /** The session's id, and the command's own. */
  id: string;
  commandId: string;
  /** The machine that does the work. */
  host: string;
  agent: Agent;
  /** Whether its file is the repository's own. */
  repositoryAgent: boolean;
  repository: string;
  target: string | undefined;
  tasks: readonly TaskSpec[];
  /** Whether the person said yes to the merges beforehand. */
  preapproved: boolean;
  /** US dollars that the request may spend before the person is asked. */
  budget: number | undefined;
}

/** The version of the programs that new requests begin with; those in flight go on with theirs. */
const programVersion = "1";
const longestTitle = 120;

/** Makes the root session of a request and answers its id. Throws a `Failure` when the server refuses it. */
export async function createRequest(request: NewRequest): Promise<string> {
  const { client, id, agent, repositoryAgent, repository, target, tasks, host, budget } = request;
  const [first] = tasks;
  const more = tasks.length > 1 ? ` (and ${tasks.length - 1} more)` : "";
  const sent = await client.command({
    id: request.commandId,
    session: id,
    command: {
      type: "session.create",
      spec: {
        title: `${first?.text.replace(/\s+/g, " ").slice(0, longestTitle)}${more}`,
        agent: agent.name,
        host,
        orchestration: {
          name: agent.orchestration,
          version: programVersion,
          input: {
            agent: { ...agent },
            repositoryAgent,
            repository,
            ...(target !== undefined && { target }),
            tasks: [...tasks],
          },
        },
        tools: [],
        policies:
          budget === undefined
            ? []
            : [{ name: "budget", params: { tree: { limit: budget } }, level: "session" }],
        excludeVendors: [],
        ...(agent.confinement && { confinement: agent.confinement }),
        ...(agent.onNoAnswer && { onNoAnswer: agent.onNoAnswer }),
        preapproved: request.preapproved ? ["merge"] : [],
      },
    },
  });
  if (!sent.ok) throw badInput(sent.refusal.message);
  return id;
}
