import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Environment } from "@tutti/core";
import { type ChildTree, spawnTree } from "../process/spawn.ts";
import { findMarked, sweepMarker } from "../process/sweep.ts";
import { confine } from "./confine.ts";
import { type Bubblewrap, findBubblewrap } from "./find-bubblewrap.ts";
import { findPortRelay } from "./port-relay.ts";
import { whyNot } from "./why-not.ts";

/** Whether programs can be confined on this machine. `why` is a plain sentence that says what to do. */
export type ConfinementHere =
  | { holds: true; program: string; version: string; bubblewrap: Bubblewrap }
  | { holds: false; why: string };

const TRIAL_LIMIT_MS = 60_000;
/** The kernel ends a process namespace at once; a machine under load takes its time. */
const DEATH_LIMIT_MS = 10_000;
const PORT = 8199;

const proven = new Map<string, Bubblewrap>();

/**
 * Tries it: a small program is confined, and what must be closed to it is closed, what must be open is open, and nothing of it
 * outlives its root. The first bubblewrap that holds is the answer, and is tried once in a process's life as long as its
 * file stays the same; a machine that did not hold is tried again the next time. Never rejects.
 *
 * @param candidates programs, or folders that may hold one, for a machine without bubblewrap of its own
 */
export async function confinementHere(
  candidates: readonly string[],
  environment: Environment,
): Promise<ConfinementHere> {
  if (process.platform !== "linux")
    return {
      holds: false,
      why: `Programs cannot be confined on ${process.platform} yet; on Linux they can.`,
    };
  const { usable, unusable } = await findBubblewrap(candidates, environment);
  const failures: string[] = [];
  for (const bubblewrap of usable) {
    const failure = proven.has(bubblewrap.identity) ? undefined : await trial(bubblewrap);
    if (failure === undefined) {
      proven.set(bubblewrap.identity, bubblewrap);
      return { holds: true, program: bubblewrap.program, version: bubblewrap.version, bubblewrap };
    }
    failures.push(failure);
  }
  const why = failures[0] ?? unusable[0] ?? "there is no bubblewrap on this machine";
  return {
    holds: false,
    why:
      failures.length > 0
        ? why
        : `${why}. Install bubblewrap 0.8 or newer (apt install bubblewrap, dnf install bubblewrap).`,
  };
}

/** What does not hold; undefined when everything does. */
async function trial(bubblewrap: Bubblewrap): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "tutti-confined-"));
  const servers: Server[] = [];
  try {
    for (const name of ["work", "sockets", "outside"]) await mkdir(join(folder, name));
    await writeFile(join(folder, "outside/secret"), "secret");
    const answering = createServer((socket) => socket.end("through the port\n"));
    const beyond = createServer((socket) => socket.end("reached\n"));
    servers.push(answering, beyond);
    for (const server of servers) server.on("connection", (socket) => socket.on("error", () => {}));
    answering.listen(join(folder, "sockets/answer"));
    beyond.listen(0, "127.0.0.1");
    await Promise.all(servers.map((server) => once(server, "listening")));
    const address = beyond.address();
    if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
    return await probe(bubblewrap, folder, address.port);
  } catch (cause) {
    return whyNot(cause instanceof Error ? cause.message : String(cause), bubblewrap.program);
  } finally {
    for (const server of servers) server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function probe(bubblewrap: Bubblewrap, folder: string, beyond: number): Promise<string | undefined> {
  const relay = await findPortRelay();
  const work = join(folder, "work");
  const confinement = await confine(
    {
      workspace: work,
      home: { path: "/home/agent", folder: join(folder, "home") },
      temporary: join(folder, "tmp"),
      readable: relay.kind === "node" ? [relay.program] : [],
      writable: [],
      mounts: [],
      ports: [{ port: PORT, socket: join(folder, "sockets/answer") }],
      environment: {},
      limits: {},
    },
    bubblewrap,
  );
  const marker = `confined-${randomUUID()}`;
  // A second marker, which the end of the tree does not sweep: what carries it is ended by the kernel or by nobody.
  const leftAlone = `${marker}-left-alone`;
  const env = {
    OUTSIDE: join(folder, "outside"),
    PORT: String(PORT),
    BEYOND: String(beyond),
    CLIENT: client[relay.kind],
    LEFT_ALONE: leftAlone,
  };
  const spawned = await spawnTree({
    command: "/bin/sh",
    args: ["-c", script(relay.program)],
    cwd: work,
    env,
    marker,
    stdin: "closed",
    confinement,
  });
  if (!spawned.ok) return whyNot(spawned.reason.message, bubblewrap.program);
  const { tree } = spawned;
  const timer = setTimeout(() => void tree.kill(), TRIAL_LIMIT_MS);
  try {
    const said = await untilReady(tree);
    if (!said.includes("ready")) return whyNot(tree.stderrTail() || said.join(" "), bubblewrap.program);
    const missing = expected.filter((line) => !said.includes(line));
    if (missing.length > 0)
      return `${bubblewrap.program} runs on this machine and does not confine: not so: ${missing.join(", ")}.`;
    if ((await readFile(join(work, "made"), "utf8").catch(() => "")) !== "made\n")
      return `${bubblewrap.program} runs on this machine, and what a program writes in its workspace does not arrive.`;
    const inside = await findMarked(leftAlone);
    process.kill(tree.pid, "SIGKILL");
    if (inside.length === 0 || !(await endedSoon(leftAlone)))
      return `${bubblewrap.program} runs on this machine, and what it starts outlives it.`;
    return undefined;
  } finally {
    clearTimeout(timer);
    tree.stdout.resume();
    await tree.kill({ graceMs: 0 });
    await sweepMarker(leftAlone);
    await confinement.close();
  }
}

const expected = [
  "shut: a file outside",
  "shut: a write outside",
  "shut: the loopback outside",
  "open: the port",
  "open: the workspace",
  "on: no new privileges",
  "on: the filter",
  "on: no capabilities",
  "on: no network",
];

const script = (client: string) => `
opens() { name=$1; shift; if "$@" >/dev/null 2>&1; then echo "open: $name"; else echo "shut: $name"; fi; }
is_on() { if grep -q "$2" /proc/self/status; then echo "on: $1"; else echo "off: $1"; fi; }
opens "a file outside" cat "$OUTSIDE/secret"
opens "a write outside" sh -c 'echo made >"$OUTSIDE/made"'
opens "the loopback outside" ${client} -e "$CLIENT" "$BEYOND"
opens "the port" ${client} -e "$CLIENT" "$PORT"
opens "the workspace" sh -c 'echo made >made'
is_on "no new privileges" "^NoNewPrivs:[[:space:]]*1$"
is_on "the filter" "^Seccomp:[[:space:]]*2$"
is_on "no capabilities" "^CapBnd:[[:space:]]*0*$"
if [ "$(grep -c : /proc/net/dev)" = 1 ]; then echo "on: no network"; fi
TUTTI_MARKER=$LEFT_ALONE sh -c '(setsid sleep 1000 || sleep 1000) >/dev/null 2>&1 & echo ready; sleep 1000'
`;

/** Connects to a port and ends well when something answers. */
const client = {
  perl: "use Socket; socket(S, PF_INET, SOCK_STREAM, 0) && connect(S, sockaddr_in($ARGV[0], INADDR_LOOPBACK)) && <S> or exit 1",
  node: 'require("net").connect(process.argv[1], "127.0.0.1").on("error", () => process.exit(1)).once("data", () => process.exit(0)).once("end", () => process.exit(1))',
} as const;

async function untilReady(tree: ChildTree): Promise<string[]> {
  let text = "";
  for await (const chunk of tree.stdout.iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    if (text.endsWith("ready\n")) break;
  }
  return text.split("\n").filter(Boolean);
}

/** A process that has ended and is not reaped yet carries no marker any more. */
async function endedSoon(marker: string): Promise<boolean> {
  const deadline = performance.now() + DEATH_LIMIT_MS;
  while (performance.now() < deadline) {
    if ((await findMarked(marker)).length === 0) return true;
    await pause(5);
  }
  return false;
}
