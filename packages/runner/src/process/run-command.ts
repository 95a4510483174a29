import { boundedOutput } from "./bounded-output.ts";
import { type SpawnFailure, type SpawnRequest, spawnTree } from "./spawn.ts";

export interface CommandRequest {
  /** A string is a line for /bin/sh; a list is a program with its arguments. */
  command: string | readonly string[];
  cwd: string;
  /** The command's whole environment. */
  env: NodeJS.ProcessEnv;
  /** Unique to this command: whatever carries it dies with it. */
  marker: string;
  timeoutMs: number;
  /** Bytes of output kept, half from its head and half from its tail. Default 256 KB. */
  maxOutputBytes?: number;
  /** Abort: the tree is killed, and the outcome says `aborted`. */
  signal?: AbortSignal;
  /** The command, its shell included, runs inside. */
  confinement?: SpawnRequest["confinement"];
}

export interface CommandOutcome {
  /** null when the command was killed, or could not be started (`failure`). */
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  timedOut: boolean;
  aborted: boolean;
  durationMs: number;
  /** stdout and stderr in the order they were written; where it was too long, a line says how much is missing. */
  output: string;
  /** Bytes missing from `output`. */
  cutBytes: number;
  failure?: SpawnFailure;
}

/**
 * Runs a command to its end, with nothing on stdin, and answers what it did. Never rejects on what the command does.
 * When it ends, runs out of time or is aborted, everything it started is dead before this resolves.
 */
export async function runCommand(request: CommandRequest): Promise<CommandOutcome> {
  const { maxOutputBytes = 256 * 1024, signal, timeoutMs } = request;
  const started = performance.now();
  const kept = boundedOutput({
    headBytes: Math.ceil(maxOutputBytes / 2),
    tailBytes: Math.floor(maxOutputBytes / 2),
  });
  let ending: "itself" | "timeout" | "abort" = signal?.aborted ? "abort" : "itself";
  const outcome = (exitCode: number | null, exitSignal: NodeJS.Signals | null): CommandOutcome => ({
    exitCode: ending === "itself" ? exitCode : null,
    signal: exitSignal,
    timedOut: ending === "timeout",
    aborted: ending === "abort",
    durationMs: Math.round(performance.now() - started),
    output: kept.text(),
    cutBytes: kept.cutBytes(),
  });
  if (ending === "abort") return outcome(null, null);

  // The shell joins both streams into one pipe, which keeps their order.
  const args =
    typeof request.command === "string"
      ? ["-c", `exec 2>&1\n${request.command}`]
      : ["-c", 'exec "$@" 2>&1', "sh", ...request.command];
  const { cwd, env, marker, confinement } = request;
  const spawned = await spawnTree({
    command: "/bin/sh",
    args,
    cwd,
    env,
    marker,
    stdin: "closed",
    ...(confinement && { confinement }),
  });
  if (!spawned.ok) return { ...outcome(null, null), failure: spawned.reason };

  const { tree } = spawned;
  tree.stdout.on("data", (chunk: Buffer) => kept.push(chunk));
  // Only a confinement that does not start speaks here.
  tree.stderr.on("data", (chunk: Buffer) => kept.push(chunk));
  function end(reason: "timeout" | "abort"): void {
    if (ending !== "itself") return;
    ending = reason;
    void tree.kill();
  }
  const timer = setTimeout(() => end("timeout"), timeoutMs);
  const abort = () => end("abort");
  signal?.addEventListener("abort", abort);
  if (signal?.aborted) abort();
  const exit = await tree.exited;
  clearTimeout(timer);
  signal?.removeEventListener("abort", abort);
  return outcome(exit.code, exit.signal);
}
