import { execa } from "execa";
import { MARKER_VARIABLE, sendSignal } from "../process/sweep.ts";

export interface GitCall {
  args: readonly string[];
  cwd: string;
  /** git's whole environment; the marker is added. */
  env: NodeJS.ProcessEnv;
  marker: string;
  limitMs: number;
  signal?: AbortSignal;
  input?: string;
  /** Each line of stderr as it comes. */
  onLine?: (line: string) => void;
}

export interface GitEnd {
  /** null when git was killed or did not start. */
  exitCode: number | null;
  stdout: string;
  stderr: string;
  ended: "itself" | "timeout" | "abort";
}

const STDOUT_LIMIT = 256 * 1024 * 1024;
/** How long git's own helpers may hold its pipes after it has ended. */
const DRAIN_MS = 2_000;
const KILL_GRACE_MS = 2_000;

/**
 * Runs git to its end and answers; never rejects on what git does. Git is the leader of a process group, and the whole group
 * (ssh, credential helpers) ends at the time limit or when `signal` is aborted. Something that git leaves behind on purpose
 * (a shared ssh connection) is not waited for.
 */
export async function runGit(call: GitCall): Promise<GitEnd> {
  const { signal, limitMs, onLine } = call;
  if (signal?.aborted) return { exitCode: null, stdout: "", stderr: "", ended: "abort" };
  let ended: GitEnd["ended"] = "itself";
  const child = execa("git", [...call.args], {
    cwd: call.cwd,
    env: { ...call.env, [MARKER_VARIABLE]: call.marker },
    extendEnv: false,
    detached: true,
    cleanup: true,
    reject: false,
    stripFinalNewline: false,
    maxBuffer: STDOUT_LIMIT,
    ...(call.input === undefined ? { stdin: "ignore" as const } : { input: call.input }),
  });
  const timers: NodeJS.Timeout[] = [];
  const end = (reason: "timeout" | "abort") => {
    if (ended !== "itself" || child.pid === undefined) return;
    ended = reason;
    const group = -child.pid;
    sendSignal(group, "SIGTERM");
    timers.push(setTimeout(() => sendSignal(group, "SIGKILL"), KILL_GRACE_MS));
  };
  const abort = () => end("abort");
  timers.push(setTimeout(() => end("timeout"), limitMs));
  signal?.addEventListener("abort", abort);
  child.nodeChildProcess.once("exit", () => {
    timers.push(
      setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, DRAIN_MS),
    );
  });
  if (onLine) eachLine(child.stderr, onLine);
  const { exitCode, stdout, stderr, cause } = await child;
  for (const timer of timers) clearTimeout(timer);
  if (ended !== "itself" && child.pid !== undefined) sendSignal(-child.pid, "SIGKILL");
  signal?.removeEventListener("abort", abort);
  return {
    exitCode: ended === "itself" ? (exitCode ?? null) : null,
    stdout: stdout ?? "",
    stderr: stderr || (exitCode === undefined && cause instanceof Error ? cause.message : ""),
    ended,
  };
}

function eachLine(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
  let rest = "";
  stream?.on("data", (chunk: Buffer) => {
    const lines = `${rest}${chunk.toString()}`.split(/[\r\n]/);
    rest = (lines.pop() ?? "").slice(-10_000);
    for (const line of lines) if (line !== "") onLine(line);
  });
  stream?.on("end", () => {
    if (rest !== "") onLine(rest);
  });
}
