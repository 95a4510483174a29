/**
 * Keeps the two processes of a state folder's Tutti alive: the server, and this machine's host. Neither's death touches the
 * other; each is started again. Both end with the supervisor, however it ends: they see the channel to it close.
 */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { exitCodes } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { type Folders, makeFolders } from "../folders.ts";
import { isEverywhere, type Listening, listeningArguments } from "../listening.ts";
import { ownProgram, ownVersion } from "../own-program.ts";
import { apiSocket, isAnswered, openControl } from "./control.ts";
import type { Status } from "./status.ts";
import { SupervisedChild } from "./supervised-child.ts";

export interface SuperviseOptions {
  folders: Folders;
  listening: Listening;
  databaseUrl: string | undefined;
  /** Abort: everything is stopped, in order. */
  signal: AbortSignal;
  /** A line for people, which also goes to the log file. */
  say(line: string): void;
}

export interface Supervision {
  readonly url: string;
  /** The file with a person's token. */
  readonly personToken: string;
  /** Resolves when everything has ended: the host, then the server, then PostgreSQL. */
  readonly ended: Promise<void>;
}

/** How long each may take to stop, in milliseconds: longer than what it itself allows its parts. */
const hostPatience = 20_000;
const serverPatience = 60_000;
/** How long a server whose supervisor was killed may take to end. */
const orphanPatience = 60_000;
/** A log file that has grown beyond this many bytes is put aside, once, at a start. */
const logLimit = 16 * 1024 * 1024;

/** The file that the supervisor, and what its children write on their standard streams, is logged in. */
export const serveLog = ({ state }: Folders): string => join(state, "serve.log");

/** Starts both and resolves when both are ready. Rejects with a `Failure`, nothing left running, when one cannot start. */
export async function supervise(options: SuperviseOptions): Promise<Supervision> {
  const { folders, say } = options;
  makeFolders(folders);
  const ended = Promise.withResolvers<void>();
  let stopping: Promise<void> | undefined;
  let server: SupervisedChild | undefined;
  let host: SupervisedChild | undefined;
  const control = await openControl(folders, () => stop());
  if (!control)
    throw new Failure(
      `a Tutti of this state folder (${folders.state}) is running already: use it, or end it with \`tutti stop\``,
      exitCodes.input,
    );

  const file = serveLog(folders);
  mkdirSync(folders.state, { recursive: true, mode: 0o700 });
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > logLimit) renameSync(file, `${file}.1`);
  const logFd = openSync(file, "a", 0o600);
  const log = (message: string) => {
    writeSync(logFd, `${new Date().toISOString()} supervisor: ${message}\n`);
    say(message);
  };
  const startedAt = new Date().toISOString();
  const child = (one: SupervisedChild | undefined) => ({
    pid: one?.pid ?? null,
    ready: one?.ready ?? false,
    restarts: one?.restarts ?? 0,
  });
  const tell = () => {
    const phase = stopping ? "stopping" : server?.ready && host?.ready ? "ready" : "starting";
    const status: Status = {
      phase,
      version: ownVersion(),
      pid: process.pid,
      startedAt,
      url: server?.ready ? (server.place?.url ?? null) : null,
      everywhere: isEverywhere(options.listening.host),
      token: server?.place?.personToken ?? null,
      server: child(server),
      host: child(host),
    };
    control.tell(status);
  };

  async function end(): Promise<void> {
    tell();
    await host?.stop();
    const clean = await server?.stop();
    // A server that died may have left its database running.
    if (clean === false && server?.wasReady) await stopDatabase(folders, options.databaseUrl);
    log("stopped");
    closeSync(logFd);
    await control?.close();
    ended.resolve();
  }
  function stop(): void {
    stopping ??= end();
  }

  /** A stop that came meanwhile has taken down what was there: nothing more may be started. */
  function goOn(): void {
    if (stopping) throw new Failure("Tutti was stopped before it was ready", exitCodes.unreachable);
  }

  options.signal.addEventListener("abort", stop);
  try {
    if (options.signal.aborted) stop();
    tell();
    await waitForOrphans(folders, log);
    goOn();
    const program = ownProgram();
    let { listening } = options;
    server = new SupervisedChild({
      title: "server",
      command: program.command,
      args: () => [
        ...program.args,
        "serve-server",
        ...listeningArguments(listening),
        ...(options.databaseUrl === undefined ? [] : ["--database-url", options.databaseUrl]),
      ],
      logFd,
      patience: serverPatience,
      log,
      changed: tell,
    });
    await server.started;
    goOn();
    const { place } = server;
    if (!place) throw new Error("the server did not say where it listens");
    // After a restart the address stays what it was.
    listening = { ...listening, port: portOf(place.url) };
    host = new SupervisedChild({
      title: "host",
      command: program.command,
      args: () => [...program.args, "serve-host", "--token-file", place.hostToken],
      logFd,
      patience: hostPatience,
      log,
      changed: tell,
    });
    await host.started;
    return { url: place.url, personToken: place.personToken, ended: ended.promise };
  } catch (error) {
    stop();
    await ended.promise;
    throw error;
  }
}

/** A URL leaves out the port that its scheme implies. */
function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return port === "" ? ({ "http:": 80, "https:": 443 }[protocol] ?? 0) : Number(port);
}

/** Children of a supervisor that was killed end by themselves; until they have, their sockets are taken. */
async function waitForOrphans(folders: Folders, log: (message: string) => void): Promise<void> {
  const end = performance.now() + orphanPatience;
  for (let told = false; await isAnswered(apiSocket(folders)); told = true) {
    if (!told) log("waiting for the server of an earlier Tutti to end");
    if (performance.now() > end)
      throw new Failure(
        "the server of an earlier Tutti does not end: see who listens on the API's socket",
        exitCodes.unreachable,
      );
    await delay(100);
  }
}

/** Stops the database of a state folder, if one runs. */
async function stopDatabase({ state, runtime }: Folders, databaseUrl: string | undefined): Promise<void> {
  if (databaseUrl !== undefined || !existsSync(join(state, "postgres"))) return;
  const { startEmbeddedPostgres } = await import("@tutti/server");
  const embedded = await startEmbeddedPostgres({ stateDir: state, runtimeDir: runtime });
  await embedded.stop();
}
