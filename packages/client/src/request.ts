/** How a request begins: an agent, a repository and tasks become a root session. */
import type { Agent, Refusal, TaskSpec } from "@tutti/core";
import type { Client } from "./client.ts";

/** The server did not take a request; its message is the refusal's. */
export class RequestRefusedError extends Error {
  override readonly name = "RequestRefusedError";
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

export interface NewRequest {
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
const longestTaskId = 24;

/** Makes the root session of a request and answers its id. Throws `RequestRefusedError` when the server refuses it. */
export async function createRequest(client: Pick<Client, "command">, request: NewRequest): Promise<string> {
  const { id, agent, repositoryAgent, repository, target, tasks, host, budget } = request;
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
  if (!sent.ok) throw new RequestRefusedError(sent.refusal);
  return id;
}

/** Tasks with ids that tell what they are about, since branches are named by them. */
export function tasksOf(texts: readonly string[], contract: string | undefined): TaskSpec[] {
  const taken = new Set<string>();
  return texts.map((text, index) => {
    const words =
      text
        .toLowerCase()
        .normalize("NFKD")
        .match(/[a-z0-9]+/g) ?? [];
    let id = "";
    for (const word of words) {
      if (id.length + word.length >= longestTaskId) break;
      id = id ? `${id}-${word}` : word;
    }
    id ||= `task-${index + 1}`;
    const free = taken.has(id) ? `${id}-${index + 1}` : id;
    taken.add(free);
    return { id: free, text, ...(contract !== undefined && { contract }) };
  });
}
