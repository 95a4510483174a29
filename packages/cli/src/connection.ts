import { readFile } from "node:fs/promises";
import { type Client, createClient, ProblemError, UnreachableError } from "@tutti/client";
import { nodeFetch } from "@tutti/client/node";
import { exitCodes } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import type { Folders } from "./folders.ts";
import { apiSocket, connectSupervisor } from "./supervision/control.ts";

/** A client of the Tutti that runs on this machine. Throws a `Failure` when none does. */
export async function connect(folders: Folders): Promise<Client> {
  const tokenFile = await personToken(folders);
  if (tokenFile === undefined)
    throw new Failure(
      "Tutti does not run on this machine: start it with `tutti serve`; `tutti run` starts it by itself",
      exitCodes.unreachable,
    );
  const token = (await readFile(tokenFile, "utf8")).trim();
  return createClient({ baseUrl: "http://localhost", token, fetch: nodeFetch(apiSocket(folders)) });
}

/** The file with a person's token; waits while the server starts. Undefined when there is no supervisor. */
async function personToken(folders: Folders): Promise<string | undefined> {
  await using supervisor = await connectSupervisor(folders);
  if (!supervisor) return undefined;
  for await (const { token } of supervisor.statuses) if (token !== null) return token;
  return undefined;
}

/** A fault of the connection, or a no of the server, as a failure with one line; anything else as it is. */
export function asFailure(error: unknown): unknown {
  if (error instanceof UnreachableError)
    return new Failure(
      "the server does not answer: see `tutti status` and the log in the state folder",
      exitCodes.unreachable,
      {
        cause: error,
      },
    );
  if (error instanceof ProblemError)
    return new Failure(
      error.message,
      error.problem.status === 400 || error.problem.status === 404 ? exitCodes.input : exitCodes.refused,
      { cause: error },
    );
  return error;
}
