import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Client, createClient, newId } from "@tutti/client";
import type { Command, Delta, Lease, LoggedEvent, Receipt, SessionSpec } from "@tutti/core";

/** The program as it is built. */
const program = fileURLToPath(new URL("../dist/main.js", import.meta.url));

/** An event and when it came, on the clock of `performance.now()`. */
export interface Seen {
  at: number;
  logged: LoggedEvent;
}

/** A Tutti as a person runs it: supervisor, server, PostgreSQL and host as processes of their own. */
export interface Tutti extends AsyncDisposable {
  readonly url: string;
  /** The token of the bench's own host. */
  readonly runnerToken: string;
  readonly personToken: string;
  /** This machine's host. */
  readonly host: string;
  readonly processes: { supervisor: number; server: number; host: number };
  /** Sends a person's command; throws when it is refused. */
  send(session: string, command: Command): Promise<Receipt>;
  /** Creates a session, and answers its id once its creation has been seen. */
  create(spec: Pick<SessionSpec, "host"> & Partial<SessionSpec>): Promise<string>;
  /** The first event of a session that fits, among all that came and all that come. Rejects when none comes. */
  seen(session: string, fits: (event: LoggedEvent["event"]) => boolean): Promise<Seen>;
  /** Joins as a further host, whose sessions no harness plays. */
  join(id: string): Promise<BenchHost>;
}

/** A host that is the bench itself. */
export interface BenchHost {
  id: string;
  /** Sends a runner's command; throws when it is refused. */
  send(session: string, command: Command): Promise<Receipt>;
  /** Sends several in one transaction; throws when one is refused. */
  sendAll(session: string, commands: readonly Command[]): Promise<void>;
  /** Passes on text of an item that is not whole yet. */
  say(delta: Delta): Promise<void>;
}

/** How long a start, a stop, or an event may take. */
const patienceMs = 60_000;

export async function startTutti(options: { home: string; environment: NodeJS.ProcessEnv }): Promise<Tutti> {
  const { home } = options;
  mkdirSync(home, { recursive: true });
  const env = { ...options.environment, TUTTI_HOME: home };
  const supervisor = spawn(process.execPath, [program, "serve", "--port", "0", "--json"], {
    env,
    cwd: home,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stop = () => void supervisor.kill("SIGTERM");
  process.once("exit", stop);
  const exited = once(supervisor, "close");
  exited.catch(() => {});
  try {
    const url = await readyAt(supervisor);
    return await connect({ url, home, env, supervisor, exited, stop });
  } catch (error) {
    await end(supervisor, exited, stop);
    throw error;
  }
}

async function connect(parts: {
  url: string;
  home: string;
  env: NodeJS.ProcessEnv;
  supervisor: ChildProcess;
  exited: Promise<unknown>;
  stop: () => void;
}): Promise<Tutti> {
  const { url, home, env, supervisor, exited, stop } = parts;
  const token = (name: string) => readFileSync(join(home, "state", name), "utf8").trim();
  const [personToken, runnerToken] = [token("person.token"), token("host.token")];
  const person = createClient({ baseUrl: url, token: personToken });
  const host = (await person.hosts())[0]?.id;
  if (host === undefined) throw new Error("no host has joined");
  const watching = new AbortController();
  const watch = watchAll(person, watching.signal);

  const tutti: Tutti = {
    url,
    personToken,
    runnerToken,
    host,
    processes: await processes(env),
    send: (session, command) => sendOver(person, { session, command }),
    async create(spec) {
      const session = newId("bench");
      const defaults = {
        title: "bench",
        agent: "bench",
        tools: [],
        policies: [],
        excludeVendors: [],
        preapproved: [],
      };
      await tutti.send(session, { type: "session.create", spec: { ...defaults, ...spec } });
      await tutti.seen(session, ({ type }) => type === "session.created");
      return session;
    },
    seen: (session, fits) => watch.seen(session, fits),
    async join(id) {
      const runner = createClient({ baseUrl: url, token: runnerToken });
      const { lease } = await runner.join({ id, name: id });
      return {
        id,
        send: (session, command) => sendOver(runner, { session, command, lease }),
        async sendAll(session, commands) {
          const envelopes = commands.map((command) => ({ id: newId("command"), session, command, lease }));
          for (const sent of await runner.commands(envelopes))
            if (!sent.ok) throw new Error(sent.refusal.message);
        },
        say: (delta) => runner.delta({ lease, delta }),
      };
    },
    async [Symbol.asyncDispose]() {
      watching.abort();
      await watch.ended;
      await end(supervisor, exited, stop);
    },
  };
  return tutti;
}

async function sendOver(
  client: Client,
  envelope: { session: string; command: Command; lease?: Lease },
): Promise<Receipt> {
  const answer = await client.command({ id: newId("command"), ...envelope });
  if (!answer.ok) throw new Error(`${envelope.command.type} was refused: ${answer.refusal.message}`);
  return answer.receipt;
}

/** Follows everything over one stream, so that no measured turn pays for opening one. */
function watchAll(client: Client, signal: AbortSignal) {
  const events = new Map<string, Seen[]>();
  const waiting = new Set<() => void>();
  const ended = (async () => {
    for await (const message of client.followAll({ after: 0, signal })) {
      if (message.kind !== "event") continue;
      const seen = { at: performance.now(), logged: message.event };
      const known = events.get(message.event.session);
      if (known) known.push(seen);
      else events.set(message.event.session, [seen]);
      for (const look of waiting) look();
    }
  })().catch(() => {});
  return {
    ended,
    seen: (session: string, fits: (event: LoggedEvent["event"]) => boolean) =>
      new Promise<Seen>((resolve, reject) => {
        const limit = setTimeout(() => {
          waiting.delete(look);
          const types = (events.get(session) ?? []).map(({ logged }) => logged.event.type).join(", ");
          reject(new Error(`an event did not come; there were: ${types}`));
        }, patienceMs);
        const look = () => {
          const found = events.get(session)?.find(({ logged }) => fits(logged.event));
          if (!found) return;
          clearTimeout(limit);
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}

/** The address that a starting Tutti tells on its standard output. */
async function readyAt(supervisor: ChildProcess): Promise<string> {
  const { stdout, stderr } = supervisor;
  if (!stdout || !stderr) throw new Error("the supervisor has no streams");
  let lastWords = "";
  stderr.on("data", (chunk: Buffer) => {
    lastWords = `${lastWords}${chunk}`.slice(-2_000);
  });
  const ready = Promise.withResolvers<string>();
  const fail = () => ready.reject(new Error(`Tutti did not start: ${lastWords}`));
  const limit = setTimeout(fail, patienceMs);
  supervisor.once("error", fail);
  supervisor.once("close", fail);
  createInterface({ input: stdout }).on("line", (line) => {
    const url = field(JSON.parse(line), "url");
    if (typeof url === "string") ready.resolve(url);
  });
  return ready.promise.finally(() => clearTimeout(limit));
}

async function processes(env: NodeJS.ProcessEnv): Promise<Tutti["processes"]> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, "status", "--json"], { env });
  const status: unknown = JSON.parse(stdout);
  const pid = (value: unknown) => {
    const found = field(value, "pid");
    if (typeof found !== "number") throw new Error(`\`tutti status\` names no process: ${stdout}`);
    return found;
  };
  return { supervisor: pid(status), server: pid(field(status, "server")), host: pid(field(status, "host")) };
}

/** Stops everything; what does not stop in time is killed. */
async function end(supervisor: ChildProcess, exited: Promise<unknown>, stop: () => void): Promise<void> {
  stop();
  const killer = setTimeout(() => supervisor.kill("SIGKILL"), patienceMs);
  await exited.catch(() => {});
  clearTimeout(killer);
  process.off("exit", stop);
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? new Map(Object.entries(value)).get(name) : undefined;
}
