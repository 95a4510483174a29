import { type ChildProcessByStdio, spawn } from "node:child_process";
import { stat } from "node:fs/promises";
import { Duplex, type Readable, type Writable } from "node:stream";
import type { Confinement } from "@tutti/core";
import { isAlive } from "./alive.ts";
import { boundedOutput } from "./bounded-output.ts";
import { withoutInherited } from "./inherited.ts";
import { checkedMarker, MARKER_VARIABLE, type Sweep, sendSignal, sweepMarker } from "./sweep.ts";

export interface SpawnRequest {
  command: string;
  args?: readonly string[];
  cwd: string;
  /** The child's whole environment; nothing of this process's own is added but the marker. */
  env: NodeJS.ProcessEnv;
  /** Carried by every descendant as TUTTI_MARKER. Unique to this tree: whatever carries it dies with the tree. */
  marker: string;
  /** "open" (default): the caller writes to `stdin`. "closed": the child reads end of file at once. */
  stdin?: "open" | "closed";
  /** What the child reads on its file descriptors 3, 4, … to their ends. Nothing else of this process is inherited. */
  files?: readonly Uint8Array[];
  /** The program runs inside: what `wrap` answers is started in its place. Without it the program has this user's rights. */
  confinement?: Confinement;
}

/** Why a program did not start. */
export interface SpawnFailure {
  kind: "missing-binary" | "missing-folder" | "not-startable";
  message: string;
}

export type SpawnResult = { ok: true; tree: ChildTree } | { ok: false; reason: SpawnFailure };

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/**
 * A child process with all its descendants: one lifetime.
 *
 * The caller reads `stdout` to its end; an unread stdout holds the child back, and then the end of the tree for the drain limit.
 * Writing to a child that is gone is no error: the bytes are dropped, and `exited` says why.
 */
export interface ChildTree {
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Already read for `stderrTail`; further "data" listeners are welcome. */
  readonly stderr: Readable;
  /** The last 16 KB of stderr, for error messages. */
  stderrTail(): string;
  /**
   * Settles once, never rejects: the root process has ended, what it left behind is dead, and both streams have been read to
   * their end. A process that shed the marker and still holds a stream delays this by the drain limit at most.
   */
  readonly exited: Promise<Exit>;
  /**
   * Ends the tree: SIGTERM to the group, `graceMs` (default 2 s) later SIGKILL, then whatever still carries the marker.
   * What the child's protocol knows of stopping (interrupt, closing stdin) the caller does first.
   * Idempotent, bounded, never rejects; resolves after `exited`, or with the survivors when the kernel will not let go of one.
   */
  kill(options?: { graceMs?: number }): Promise<Sweep>;
}

const STDERR_TAIL_BYTES = 16 * 1024;
/** How long what a root leaves behind may take to end after SIGTERM. */
const LEFTOVER_GRACE_MS = 500;
/** How long both streams must stay silent, after everything is dead, before they are given up. */
const DRAIN_SILENCE_MS = 500;
/** How long a reader that takes nothing is waited for. */
const DRAIN_LIMIT_MS = 30_000;
/** How long after SIGKILL a root may linger before `kill` reports it as a survivor. */
const KILL_LIMIT_MS = 5_000;

/**
 * Starts a program as the root of a tree of its own: its own session and process group, pipes for stdio, the marker in its environment.
 * A tree does not outlive its root: what a program leaves behind when it ends (or crashes) is ended too.
 */
export async function spawnTree(request: SpawnRequest): Promise<SpawnResult> {
  const marker = { [MARKER_VARIABLE]: checkedMarker(request.marker) };
  const { args = [], files = [], confinement } = request;
  let child: ChildProcessByStdio<Writable, Readable, Readable>;
  try {
    const asked = { command: request.command, args, cwd: request.cwd, env: { ...request.env, ...marker } };
    const call = confinement ? confinement.wrap(asked) : { ...asked, files };
    child = spawn(call.command, call.args, {
      cwd: call.cwd,
      env: { ...call.env, ...marker },
      detached: true,
      stdio: [
        ...(["pipe", "pipe", "pipe"] as const),
        ...call.files.map(() => "pipe" as const),
        ...withoutInherited(3 + call.files.length),
      ],
    }) as ChildProcessByStdio<Writable, Readable, Readable>;
    call.files.forEach((content, index) => {
      handOver(child.stdio[3 + index], content);
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
  } catch (cause) {
    return { ok: false, reason: await whyNotStarted(request, cause) };
  }
  if (child.pid === undefined) throw new Error("a spawned process has a pid");
  if (request.stdin === "closed") child.stdin.end();
  return { ok: true, tree: childTree(child, child.pid, request.marker) };
}

/** A child that ends without reading loses what is left of the content, and nothing else happens. */
function handOver(stream: Readable | Writable | null | undefined, content: Uint8Array): void {
  if (!(stream instanceof Duplex)) return;
  stream.on("error", () => {});
  stream.resume();
  stream.end(content);
}

async function whyNotStarted({ command, cwd }: SpawnRequest, cause: unknown): Promise<SpawnFailure> {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "ENOENT" || code === "ENOTDIR") {
    const folder = await stat(cwd).catch(() => undefined);
    return folder?.isDirectory()
      ? { kind: "missing-binary", message: `${command}: not found` }
      : { kind: "missing-folder", message: `${cwd}: no such folder` };
  }
  return { kind: "not-startable", message: cause instanceof Error ? cause.message : String(cause) };
}

function childTree(
  child: ChildProcessByStdio<Writable, Readable, Readable>,
  pid: number,
  marker: string,
): ChildTree {
  const stderr = boundedOutput({ headBytes: 0, tailBytes: STDERR_TAIL_BYTES });
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  // EPIPE and read errors are the child's death seen from a pipe; `exited` tells it.
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on("error", () => {});
  child.on("error", () => {});

  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const rootExited = new Promise<Exit>((resolve) =>
    child.once("exit", (code, signal) => resolve({ code, signal })),
  );
  const leftovers = rootExited.then(() => endLeftovers(pid, marker));
  const exited = leftovers.then(() => drained(closed, [child.stdout, child.stderr])).then(() => rootExited);

  let killing: Promise<Sweep> | undefined;
  async function kill({ graceMs = 2_000 } = {}): Promise<Sweep> {
    if (child.exitCode === null && child.signalCode === null) {
      sendSignal(-pid, "SIGTERM");
      if (!(await within(graceMs, rootExited))) sendSignal(-pid, "SIGKILL");
      if (!(await within(KILL_LIMIT_MS, rootExited))) {
        const swept = await sweepMarker(marker);
        return { killed: swept.killed, survivors: [...new Set([pid, ...swept.survivors])] };
      }
    }
    await exited;
    return leftovers;
  }

  return {
    pid,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    stderrTail: () => stderr.text(),
    exited,
    kill(options) {
      killing ??= kill(options);
      return killing;
    },
  };
}

/**
 * Ends what outlives a root that has been reaped. Its group is signalled only while no new process has the root's pid:
 * the kernel reuses a pid only once the group of that number is empty.
 */
async function endLeftovers(pid: number, marker: string): Promise<Sweep> {
  const groupIsOurs = !isAlive(pid);
  if (groupIsOurs) sendSignal(-pid, "SIGTERM");
  await sweepMarker(marker, { signal: "SIGTERM", limitMs: LEFTOVER_GRACE_MS });
  if (groupIsOurs) sendSignal(-pid, "SIGKILL");
  return sweepMarker(marker);
}

/** Resolves when the streams have ended, or have been silent while someone unreachable keeps them open; then they are closed. */
async function drained(closed: Promise<void>, streams: readonly Readable[]): Promise<void> {
  const deadline = performance.now() + DRAIN_LIMIT_MS;
  let seen = -1;
  while (!(await within(DRAIN_SILENCE_MS, closed))) {
    const unread = streams.reduce((sum, stream) => sum + stream.readableLength, 0);
    const progress = streams.reduce((sum, stream) => sum + bytesRead(stream), 0) - unread;
    const waiting = unread > 0 || progress !== seen;
    seen = progress;
    if (!waiting || performance.now() > deadline) {
      for (const stream of streams) stream.destroy();
      return;
    }
  }
}

function bytesRead(stream: Readable): number {
  return "bytesRead" in stream && typeof stream.bytesRead === "number" ? stream.bytesRead : 0;
}

async function within(milliseconds: number, event: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  try {
    return await Promise.race([event.then(() => true as const), over]);
  } finally {
    clearTimeout(timer);
  }
}
