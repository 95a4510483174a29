/** The composition root: builds the server's parts, hands them to each other, and takes them down again. */
import { randomUUID } from "node:crypto";
import os from "node:os";
import path from "node:path";
import { openSignIns } from "./access/sign-ins.ts";
import { openAccess } from "./access/tokens.ts";
import { createApp } from "./api/app.ts";
import { problem } from "./api/problem.ts";
import { openStreams } from "./api/streams.ts";
import { startEmbeddedPostgres } from "./database/embedded.ts";
import { migrate } from "./database/migrations.ts";
import { openNotifications } from "./database/notify.ts";
import { openDatabase } from "./database/pool.ts";
import { openDevices } from "./devices/devices.ts";
import type { LocalPushServices } from "./devices/push-services.ts";
import { type Door, makeDoor, type Tls } from "./door.ts";
import { keepStanding, openGovernance, openPolicyFiles, openPrograms } from "./governance/index.ts";
import { openHosts } from "./hosts/hosts.ts";
import { openLooks } from "./hosts/looks.ts";
import { openTerminals } from "./hosts/terminals.ts";
import { openImages } from "./images/images.ts";
import { openInquiry } from "./inquiry/index.ts";
import { openJournal } from "./journal.ts";
import { openHub } from "./log/hub.ts";
import { type AnyOrchestration, orchestrations } from "./orchestrations/index.ts";
import { ownDatabase } from "./ownership.ts";
import { defaultPolicies } from "./policies/index.ts";
import { bringReadModelsUpToDate } from "./projections/index.ts";
import { runReactors } from "./reactors/index.ts";
import type { StartProgram } from "./reactors/start-orchestration.ts";
import { admission } from "./sessions/admission.ts";
import { keepDeadlines } from "./sessions/expiry.ts";
import { openSessions, type Sessions } from "./sessions/index.ts";

/** What plays durable programs. */
export interface ProgramEngine {
  /** Starts a program once, however often it is called for a session. */
  start: StartProgram;
  /** Stops where it stands; programs go on at the next start. */
  stop(): Promise<void>;
}

/** What an engine needs of the server. */
export interface EnginePorts extends Pick<Sessions, "dispatch" | "readState" | "followSession"> {
  /** The address of the database. */
  url: string;
  log: Log;
}

/** Tells whoever looks after the server. */
export type Log = (message: string, error?: unknown) => void;

export interface ServerOptions {
  /** Absolute. Holds the tokens, the journal and, without `databaseUrl`, the database. */
  stateDir: string;
  /** Absolute; a folder of the user for the sockets of Tutti's own database. */
  runtimeDir?: string;
  /** Where to listen for callers of this machine. */
  socketPath: string;
  /** Also listen on this port, 0 for a free one. */
  port?: number;
  /** The address of the port. */
  host?: string;
  /** What the port speaks HTTPS with, as PEM. */
  tls?: Tls;
  /** Names beside `localhost` under which callers may ask for this server; addresses always may be used. */
  hostNames?: readonly string[];
  /** A PostgreSQL of the user's own; without it Tutti runs one in the state folder. */
  databaseUrl?: string;
  /** Folders with agent files, the later ones counting more. */
  agentFolders: readonly string[];
  /** The files of the web app, absolute; without it, the API is served alone. */
  webFolder?: string;
  /** The person's policy files, absolute; without it, the server's own rules hold alone. */
  policyFolder?: string;
  openEngine(ports: EnginePorts): Promise<ProgramEngine>;
  /** What sessions may be led by, to be told at their creation; the built-in orchestrations unless given. */
  programs?: readonly AnyOrchestration[];
  version: string;
  /** For tests: devices' push services may be on this machine. Without it, they are public ones. */
  localPushServices?: LocalPushServices;
  /** Where faults are told; without it there is a journal in the state folder. */
  log?: Log;
}

export interface RunningServer {
  socketPath: string;
  /** The address of the port, when there is one. */
  url: string | undefined;
  /** Ends the streams, lets requests in flight finish, and takes everything down. May be called again. */
  stop(): Promise<void>;
}

/** How long requests in flight may take when the server stops. */
const drainMs = 10_000;

/**
 * Starts a server. Throws with what to do when it cannot: a second server, a taken port, a database that doesn't answer;
 * nothing is left running then.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { stateDir, runtimeDir, socketPath, port, host = "127.0.0.1", version } = options;
  const startedAt = new Date();
  const now = () => new Date();
  /** What is taken down, last first. */
  const ends: (() => unknown)[] = [];
  let tell: Log = () => {};
  const takeDown = async () => {
    for (const end of ends.splice(0).reverse())
      try {
        await end();
      } catch (error) {
        tell("something did not stop as it should", error);
      }
  };
  try {
    const access = await openAccess(stateDir);
    const log = options.log ?? journalIn(stateDir, ends);
    tell = log;
    const fault = (what: string) => (error: unknown) => log(what, error);

    const doors: Door[] = [];
    const door = (tls?: Tls) => {
      const made = makeDoor(tls);
      doors.push(made);
      ends.push(() => made.close());
      return made;
    };
    // Before the database is touched: a second server gives up here. Given up last, so that none begins too early.
    await door().takeSocket(socketPath);
    const url = port === undefined ? undefined : await door(options.tls).takePort(host, port);

    let { databaseUrl } = options;
    if (databaseUrl === undefined) {
      const embedded = await startEmbeddedPostgres({ stateDir, runtimeDir });
      databaseUrl = embedded.url;
      const disown = await ownDatabase(databaseUrl, stateDir);
      ends.push(async () => {
        await embedded.stop();
        await disown();
      });
    }
    await migrate(databaseUrl);
    const database = await openDatabase(databaseUrl);
    ends.push(() => database.close());
    await bringReadModelsUpToDate(database);
    const notifications = openNotifications(databaseUrl);
    ends.push(() => notifications.close());
    const hub = await openHub({ database, notifications, onFault: fault("the log could not be read") });
    ends.push(() => hub.stop());

    const programs = openPrograms();
    ends.push(() => programs.close());
    const files = await openPolicyFiles({
      ...(options.policyFolder !== undefined && { folder: options.policyFolder }),
      defaults: defaultPolicies,
      programs,
    });
    const stopping = new AbortController();
    const admit = admission(options.programs ?? orchestrations);
    const sessions = openSessions({
      database,
      hub,
      governance: openGovernance({ standing: files, programs, now }),
      admit,
      now,
    });
    const stopRenewing = await keepStanding({ files, database, dispatch: sessions.dispatch, log });
    ends.push(stopRenewing);
    const engine = await options.openEngine({
      url: databaseUrl,
      log,
      dispatch: sessions.dispatch,
      readState: sessions.readState,
      followSession: (id, after, signal) =>
        sessions.followSession(id, after, AbortSignal.any([stopping.signal, ...(signal ? [signal] : [])])),
    });
    ends.push(() => engine.stop());
    ends.push(() => stopping.abort());
    const devices = await openDevices({ database, stateDir, now, local: options.localPushServices, log });
    ends.push(() => devices.close());
    const stopReactors = runReactors({
      database,
      hub,
      dispatch: sessions.dispatch,
      readState: sessions.readState,
      devices,
      now,
      startProgram: (session, program) => engine.start(session, program),
      onFault: (reactor, error) => log(`the reactor ${reactor} failed; it tries again`, error),
    });
    ends.push(stopReactors);

    ends.push(
      keepDeadlines({
        database,
        dispatch: sessions.dispatch,
        now,
        onFault: fault("questions that are due could not be ended; it is tried again"),
      }),
    );

    const person = os.userInfo().username;
    const streams = openStreams(fault("a stream could not be brought to the present"));
    const hosts = openHosts(database, now);
    const newId = (prefix: string) => `${prefix}-${randomUUID()}`;
    const terminals = openTerminals({ hosts, database, now, newId, log });
    const app = createApp({
      access,
      signIns: openSignIns(database, now, person),
      sessions,
      hosts,
      looks: openLooks(hosts, newId),
      terminals,
      images: openImages(database.kysely, now),
      database,
      hub,
      streams,
      agentFolders: options.agentFolders,
      webFolder: options.webFolder,
      inquiry: openInquiry({
        ...{ database, files, programs },
        policyFolder: options.policyFolder,
        agentFolders: options.agentFolders,
      }),
      devices,
      person,
      hostNames: ["localhost", ...(options.hostNames ?? [])],
      version,
      startedAt,
      now,
      log,
    });
    for (const one of doors) one.open((request, env) => app.fetch(request, env));
    ends.push(async () => {
      streams.close();
      await terminals.close();
      const stopped = () =>
        problem("unavailable", "the server is stopping", { headers: { "retry-after": "2" } });
      await Promise.all(doors.map((one) => one.drain(stopped, drainMs)));
    });
    log(`the server is up: ${[socketPath, url].filter(Boolean).join(" and ")}`);

    let stopped: Promise<void> | undefined;
    return {
      socketPath,
      url,
      stop() {
        stopped ??= takeDown();
        return stopped;
      },
    };
  } catch (error) {
    await takeDown();
    throw error;
  }
}

function journalIn(stateDir: string, ends: (() => unknown)[]): Log {
  const { log, close } = openJournal(path.join(stateDir, "server.log"));
  ends.push(close);
  return (message, error) => (error === undefined ? log.info(message) : log.error({ err: error }, message));
}
