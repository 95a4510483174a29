/**
 * Durable programs on DBOS, behind core's `OrchestrationContext`. The only folder that knows DBOS.
 *
 * One workflow is registered; it looks programs up by name and version, since nothing can be registered after launch. One
 * program is one workflow: step ids come from call order. DBOS is one per process, so an engine is too.
 */
import { DBOS } from "@dbos-inc/dbos-sdk";
import {
  type Actor,
  type CommandEnvelope,
  fold,
  type LoggedEvent,
  type Receipt,
  type Refusal,
  type Scope,
  type SessionState,
} from "@tutti/core";
import pg from "pg";
import type { AnyOrchestration } from "../orchestrations/index.ts";
import { durableContext, type Steps } from "./context.ts";

/** What the engine needs of the rest of the server. */
export interface EnginePorts {
  dispatch(
    envelope: CommandEnvelope,
    actor: Actor,
    scope: Scope,
  ): Promise<{ ok: true; receipt: Receipt } | { ok: false; refusal: Refusal }>;
  readState(session: string): Promise<SessionState | undefined>;
  /** Every event after the seq, for as long as the server lives. */
  followSession(session: string, after: number): AsyncIterable<LoggedEvent>;
}

export interface EngineOptions {
  /** The database, which DBOS keeps its own schema in. */
  url: string;
  /** Names this server among those on the same database; stable over restarts, so that its programs go on. */
  node: string;
  programs: readonly AnyOrchestration[];
  ports: EnginePorts;
  /** Faults that nobody waits for. */
  log(message: string, error?: unknown): void;
}

export interface Engine {
  /** Starts a program for a root session, once, however often it is called. Unknown programs reject. */
  start(session: string, program: { name: string; version: string; input: unknown }): Promise<void>;
  /** Stops where it stands; programs go on at the next start. */
  stop(): Promise<void>;
}

/** Bumped only when DBOS must not resume what an older engine began; programs have versions of their own. */
const applicationVersion = "1";

/** The key of a root session's own program; children are keyed by their task. */
const rootKey = "root";

interface Running extends EngineOptions {
  steps: Steps;
}
let running: Running | undefined;

const orchestrate = DBOS.registerWorkflow(
  async (session: string, key: string, name: string, version: string, input: unknown): Promise<void> => {
    const engine = running;
    if (!engine) throw new Error("the engine is not running");
    const program = find(engine.programs, name, version);
    const ctx = durableContext({ session, key, steps: engine.steps });
    const parsed = program.input.parse(input);
    try {
      await program.run(ctx, parsed);
    } catch (error) {
      engine.log(`program ${name} of session ${session} failed`, error);
      await program.abandon(ctx, parsed, error instanceof Error ? error.message : String(error));
    }
  },
  { name: "orchestrate" },
);

/** Opens the engine; unfinished programs of this node go on at once. Throws when another server holds the node's lock. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  if (running) throw new Error("one process holds one engine");
  const lock = await holdNode(options);
  const { ports, log } = options;
  running = {
    ...options,
    steps: {
      send: (envelope) =>
        ports.dispatch(envelope, { kind: "orchestration", name: "engine" }, "orchestration"),
      wait: (session, select) => waitFor(ports, session, select),
      start: (session, key, { name, version }, input) => launch(session, key, name, version, input),
      step: (name, work) =>
        DBOS.runStep(work, {
          name,
          retriesAllowed: true,
          intervalSeconds: 1,
          backoffRate: 2,
          maxAttempts: 10,
          // By name: the class does not survive storage.
          shouldRetry: (error) => !(error instanceof Error && error.name === "TerminalError"),
        }),
    },
  };
  DBOS.setConfig({
    name: "tutti",
    systemDatabaseUrl: options.url,
    systemDatabasePoolSize: 8,
    executorID: options.node,
    applicationVersion,
    logger: {
      info: () => {},
      debug: () => {},
      warn: (entry) => log(String(entry)),
      error: (entry) => log("the engine reports", entry),
    },
  });
  await DBOS.launch();
  return {
    async start(session, { name, version, input }) {
      find(options.programs, name, version).input.parse(input);
      await launch(session, rootKey, name, version, input);
    },
    async stop() {
      running = undefined;
      await DBOS.shutdown();
      await lock.end();
    },
  };
}

async function launch(
  session: string,
  key: string,
  name: string,
  version: string,
  input: unknown,
): Promise<void> {
  await DBOS.startWorkflow(orchestrate, { workflowID: `${session}/${key}` })(
    session,
    key,
    name,
    version,
    input,
  );
}

function find(programs: readonly AnyOrchestration[], name: string, version: string): AnyOrchestration {
  const program = programs.find((known) => known.name === name && known.version === version);
  if (program) return program;
  const known = programs.map((one) => `${one.name} ${one.version}`).join(", ");
  throw new Error(`no orchestration ${name} ${version} is here; known: ${known}`);
}

/** The answer of `select` on the session's state, now or after any later event. */
async function waitFor<T>(
  ports: EnginePorts,
  session: string,
  select: (state: SessionState) => T | undefined,
): Promise<T> {
  let state = await ports.readState(session);
  const first = state && select(state);
  if (first !== undefined) return first;
  for await (const logged of ports.followSession(session, state?.seq ?? 0)) {
    state = fold(state, logged);
    const answer = state && select(state);
    if (answer !== undefined) return answer;
  }
  // The server stops: the step stays open and is begun again at the next start.
  return new Promise<never>(() => {});
}

/** Holds the node's advisory lock for as long as this process lives, so that no program is played twice. */
async function holdNode({ url, node, log }: EngineOptions): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: "tutti node lock",
    keepAlive: true,
  });
  await client.connect();
  const { rows } = await client.query<{ held: boolean }>(
    "select pg_try_advisory_lock(hashtext('tutti node'), hashtext($1)) as held",
    [node],
  );
  if (rows[0]?.held !== true) {
    await client.end();
    throw new Error(`another server is running on this database as ${node}: stop it first`);
  }
  let ended = false;
  client.on("end", () => {
    ended = true;
  });
  client.on("error", (error) => {
    if (ended || !running) return;
    // Without its lock this node may be taken over while it still plays: it must not go on.
    log("the connection that holds this node's lock broke: stopping", error);
    process.exit(70);
  });
  return client;
}
