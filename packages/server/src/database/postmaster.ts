import { readFile, realpath } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { SOCKET_PORT } from "./socket-folder.ts";

/** The superuser of a database that Tutti starts itself. */
export const EMBEDDED_USER = "tutti";
/** The database in it that Tutti uses. */
export const EMBEDDED_DATABASE = "tutti";

/** How long a database that is told to stop may write its memory to disk before it is told to drop everything. */
const FAST_STOP_MS = 30_000;
const IMMEDIATE_STOP_MS = 10_000;

/** What the postmaster of a data folder wrote about itself. It may be long gone: only an answer on the socket counts. */
export interface LockFile {
  readonly pid: number;
  readonly socketFolder: string;
}

/** Reads a data folder's `postmaster.pid`; undefined when there is none or it is not whole. */
export async function readLockFile(dataFolder: string): Promise<LockFile | undefined> {
  const file = await readFile(path.join(dataFolder, "postmaster.pid"), "utf8").catch(() => "");
  const [pid = "", , , , socketFolder = ""] = file.split("\n");
  return /^[1-9]\d*$/.test(pid) && path.isAbsolute(socketFolder)
    ? { pid: Number(pid), socketFolder }
    : undefined;
}

/** The address of a database behind a unix socket, complete enough that no PG* variable changes its meaning. */
export function socketUrl(socketFolder: string, password: string, database: string): string {
  const url = new URL(`postgresql://localhost:${SOCKET_PORT}/${encodeURIComponent(database)}`);
  url.username = EMBEDDED_USER;
  url.password = password;
  url.searchParams.set("host", socketFolder);
  url.searchParams.set("sslmode", "disable");
  return url.href;
}

/**
 * Asks the socket whether the postmaster of `dataFolder` answers.
 *
 * - `up`: it serves queries.
 * - `busy`: it is there but starting, recovering or stopping.
 * - `down`: nobody listens.
 *
 * Throws when somebody answers who is not this data folder's postmaster, or refuses our password.
 */
export async function probe(
  socketFolder: string,
  password: string,
  dataFolder: string,
): Promise<"up" | "busy" | "down"> {
  const client = new pg.Client({
    connectionString: socketUrl(socketFolder, password, "postgres"),
    application_name: "tutti launcher",
    connectionTimeoutMillis: 10_000,
    query_timeout: 10_000,
  });
  client.on("error", () => {});
  let folder: unknown;
  try {
    await client.connect();
    const answer = await client.query<{ data_directory: string }>("show data_directory");
    folder = answer.rows[0]?.data_directory;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ECONNREFUSED") return "down";
    if (code === "28P01" || code === "28000")
      throw new Error(
        `The database at ${socketFolder} refuses the password that is kept beside ${dataFolder}. Restore the password file.`,
        { cause: error },
      );
    return "busy";
  } finally {
    await client.end().catch(() => {});
  }
  if (typeof folder !== "string" || (await realpath(folder).catch(() => folder)) !== dataFolder)
    throw new Error(`The database at ${socketFolder} serves ${String(folder)}, not ${dataFolder}.`);
  return "up";
}

/**
 * Whether a process is there. One that has ended and waits for a parent that never asks (a container whose first
 * process reaps nobody) counts as gone.
 */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
  }
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  return stat === undefined || !/\) [ZX] /.test(stat);
}

/**
 * Whether `pid` is another program than the postmaster of `dataFolder`, beyond doubt. Process ids come again, in
 * containers above all, and PostgreSQL takes any process of its own user for the one its lock file names.
 */
export async function isSurelyAnotherProgram(pid: number, dataFolder: string): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return command !== "" && !command.split("\0").includes(dataFolder);
}

/**
 * Stops the postmaster of a data folder and waits until its process is gone: sessions are cut, memory is written to
 * disk; if that takes longer than half a minute it drops everything (committed rows are in the journal). Does nothing
 * when the data folder no longer names `pid` as its postmaster. Throws when the process outlives even that.
 */
export async function stopPostmaster(pid: number, dataFolder: string): Promise<void> {
  for (const [signal, patience] of [
    ["SIGINT", FAST_STOP_MS],
    ["SIGQUIT", IMMEDIATE_STOP_MS],
  ] as const) {
    if ((await readLockFile(dataFolder))?.pid === pid && (await isAlive(pid))) process.kill(pid, signal);
    if (await isGoneWithin(pid, patience)) return;
  }
  throw new Error(`PostgreSQL (process ${pid}) does not stop; its data is in ${dataFolder}.`);
}

async function isGoneWithin(pid: number, ms: number): Promise<boolean> {
  const end = performance.now() + ms;
  while (await isAlive(pid)) {
    if (performance.now() > end) return false;
    await delay(10);
  }
  return true;
}
