import type { Readable, Writable } from "node:stream";

/** A process in the agent's confinement, as `spawnTree` starts one. Its caller reads `stdout` to its end. */
export interface InsideProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  stderrTail(): string;
  readonly exited: Promise<{ code: number | null }>;
  kill(): Promise<unknown>;
}

/**
 * Starts a command in the agent's confinement of the same worktree, with the mounts of its view of git. Whatever reads what the agent
 * wrote in its git folder goes through here. Rejects when the confinement cannot be had: there is no other way to run it.
 */
export type Inside = (command: readonly string[]) => Promise<InsideProcess>;

/**
 * Settings under which git does not start what an agent's config names. The confinement is what holds; this keeps its time and its
 * output to what was asked for.
 */
const QUIET = [
  "core.fsmonitor=false",
  "core.hooksPath=/dev/null",
  "core.alternateRefsCommand=true",
  "core.pager=cat",
  "core.quotePath=false",
  "core.useReplaceRefs=false",
  "commit.gpgSign=false",
  "gc.auto=0",
  "maintenance.auto=false",
  "protocol.allow=never",
  "submodule.recurse=false",
].flatMap((setting) => ["-c", setting]);

/** A git command line on the agent's git folder. */
export function gitInside(gitDir: string, worktree: string, args: readonly string[]): string[] {
  return ["git", "--no-replace-objects", ...QUIET, `--git-dir=${gitDir}`, `--work-tree=${worktree}`, ...args];
}

const OUTPUT_BYTES = 64 * 1024;

/** Runs a short command inside to its end. Answers its exit code, null when it was killed at the limit, and the end of what it said. */
export async function insideAnswer(
  inside: Inside,
  command: readonly string[],
  { input, limitMs }: { input: string; limitMs: number },
): Promise<{ code: number | null; said: string }> {
  const child = await inside(command);
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-OUTPUT_BYTES);
  });
  child.stdin.on("error", () => {}); // it ended without reading: its exit code tells
  const timer = setTimeout(() => void child.kill(), limitMs);
  child.stdin.end(input);
  const { code } = await child.exited.finally(() => clearTimeout(timer));
  return { code, said: `${said}${child.stderrTail()}`.trim() };
}
