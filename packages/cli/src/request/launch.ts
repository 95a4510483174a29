/** Gives an agent its tasks: sees that everything is there, starts what is not, and creates the request. */
import { type Client, createRequest, newId, newSessionId, RequestRefusedError } from "@tutti/client";
import type { TaskSpec } from "@tutti/core";
import { harnesses } from "@tutti/runner";
import type { Cli } from "../cli.ts";
import { connect } from "../connection.ts";
import { badInput } from "../failure.ts";
import { hostId, programFolders } from "../machine.ts";
import { ensureRunning } from "../supervision/start-background.ts";
import { findAgent } from "./agent.ts";
import { refuseRosters } from "./roster.ts";

export interface Launch {
  /** The agent's name. */
  agent: string;
  tasks: readonly TaskSpec[];
  /** The repository's root. */
  repository: string;
  target: string | undefined;
  /** Whether the person says yes to the merges beforehand. */
  yes: boolean;
  /** US dollars that the request may spend before the person is asked. */
  budget: number | undefined;
  /** A scenario, when scripted models are to be used. */
  rehearse: string | undefined;
}

export interface Launched extends AsyncDisposable {
  client: Client;
  session: string;
  /** Whether Tutti was started for it. */
  started: boolean;
}

/**
 * Resolves when the request is in the log. What is disposed of then are the scripted models, without which a rehearsed
 * request cannot go on. Throws a `Failure` when something is missing; nothing was asked of the agents then.
 */
export async function launch(
  cli: Cli,
  { agent, tasks, repository, target, yes, budget, rehearse }: Launch,
): Promise<Launched> {
  const { folders, environment } = cli;
  const { started } = await ensureRunning(folders, environment, (line) =>
    cli.say([{ text: line, look: "dim" }]),
  );
  const client = await connect(folders);
  const found = await findAgent(client, agent, repository);
  const rehearsal = rehearse === undefined ? undefined : await import("./rehearsed.ts");
  const scripted = rehearse === undefined ? undefined : await rehearsal?.startScenario(rehearse);
  try {
    const played =
      scripted && rehearsal ? rehearsal.rehearsed(found.agent, harnesses, scripted) : found.agent;
    await refuseRosters(played, found.file, { harnesses, environment, folders: programFolders(environment) });
    const session = await createRequest(client, {
      id: newSessionId(),
      commandId: newId("command"),
      host: await hostId(folders),
      agent: played,
      repositoryAgent: found.repositoryAgent && !scripted,
      repository,
      target,
      tasks,
      preapproved: yes,
      budget,
    }).catch((error: unknown) => {
      throw error instanceof RequestRefusedError ? badInput(error.message, { cause: error }) : error;
    });
    return {
      client,
      session,
      started,
      async [Symbol.asyncDispose]() {
        await scripted?.close();
      },
    };
  } catch (error) {
    await scripted?.close();
    throw error;
  }
}
