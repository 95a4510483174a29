/**
 * Plain `git`, called so that it does what the arguments say and nothing else: no hooks, no fsmonitor, no signing, no
 * background maintenance, no prompts, no pager, English messages, and none of the GIT_* variables that point at other repositories.
 * The user's configuration still decides what content looks like (filters, line endings, ignore rules).
 */
import type { Readable } from "node:stream";
import type { BoundedText } from "@tutti/core";
import { execa } from "execa";
import { boundedOutput } from "../process/bounded-output.ts";

/** Where a git call looks for its repository and its files. */
export interface GitPlace {
  cwd: string;
  flags: readonly string[];
}

/** A user's checkout: git finds everything itself, as it does for the user. */
export function checkoutAt(root: string): GitPlace {
  return { cwd: root, flags: [] };
}

/** Objects and refs alone. No files, so that no `.gitattributes` of any checkout has a say in what a diff shows. */
export function storeAt(commonDir: string): GitPlace {
  return { cwd: commonDir, flags: ["--bare"] };
}

/** A linked worktree, told its git folder: what an agent may have put in the place of the file `.git` is not asked. */
export function worktreeAt(gitDir: string, folder: string): GitPlace {
  return { cwd: folder, flags: [`--git-dir=${gitDir}`, `--work-tree=${folder}`] };
}

export interface GitOptions {
  /** Added to the environment, such as GIT_INDEX_FILE. */
  env?: Record<string, string>;
  input?: string | Readable;
  /** How long the call may take. Default: 10 minutes. */
  limitMs?: number;
  /** Exit codes that are an answer. Default: 0 alone. */
  accept?: readonly number[];
}

export interface GitAnswer {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** A git call that failed in a way its caller has no answer for. */
export class GitFault extends Error {
  override readonly name = "GitFault";
  readonly exitCode: number | undefined;
  readonly stderr: string;

  constructor(args: readonly string[], exitCode: number | undefined, stderr: string, cause?: unknown) {
    const said = stderr.trim().split("\n").slice(0, 5).join("\n");
    super(`git ${args[0] ?? ""}: ${said || `ended with ${exitCode ?? "a signal"}`}`, { cause });
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

const CALL_LIMIT_MS = 10 * 60_000;
const STDOUT_LIMIT = 256 * 1024 * 1024;

const QUIET = [
  "core.fsmonitor=false",
  "core.hooksPath=/dev/null",
  "core.quotePath=false",
  "core.safecrlf=false",
  "commit.gpgSign=false",
  "gc.auto=0",
  "maintenance.auto=false",
  "submodule.recurse=false",
  "advice.addEmbeddedRepo=false",
].flatMap((setting) => ["-c", setting]);

/** GIT_* variables that say who the user is or where the user's configuration lies; all others belong to another call. */
const KEPT_VARIABLES =
  /^GIT_(AUTHOR_(NAME|EMAIL)|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM)|EXEC_PATH|CEILING_DIRECTORIES)$/;

function environment(added: Record<string, string> = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("GIT_") || KEPT_VARIABLES.test(name),
  );
  return {
    ...Object.fromEntries(inherited),
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_PAGER: "cat",
    GIT_EDITOR: "true",
    ...added,
  };
}

function callOptions(place: GitPlace, { env, input, limitMs = CALL_LIMIT_MS }: GitOptions) {
  return {
    cwd: place.cwd,
    env: environment(env),
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
    timeout: limitMs,
    forceKillAfterDelay: 2_000,
    maxBuffer: STDOUT_LIMIT,
    ...(input === undefined ? { stdin: "ignore" as const } : { input }),
  } as const;
}

function argv(place: GitPlace, args: readonly string[]): string[] {
  return [...QUIET, ...place.flags, ...args];
}

/** Runs git and answers. Rejects with GitFault on an exit code that is not accepted, at the time limit, and when git is missing. */
export async function git(
  place: GitPlace,
  args: readonly string[],
  options: GitOptions = {},
): Promise<GitAnswer> {
  const { exitCode, stdout, stderr, cause } = await execa(
    "git",
    argv(place, args),
    callOptions(place, options),
  );
  if (exitCode === undefined || !(options.accept ?? [0]).includes(exitCode)) {
    throw new GitFault(args, exitCode, stderr || (cause instanceof Error ? cause.message : ""), cause);
  }
  return { exitCode, stdout, stderr };
}

/** The answer's only line. */
export async function gitLine(
  place: GitPlace,
  args: readonly string[],
  options?: GitOptions,
): Promise<string> {
  return (await git(place, args, options)).stdout.trim();
}

/** The answer's NUL-separated fields. */
export async function gitFields(
  place: GitPlace,
  args: readonly string[],
  options?: GitOptions,
): Promise<string[]> {
  const fields = (await git(place, args, options)).stdout.split("\0");
  if (fields.at(-1)?.trim() === "") fields.pop();
  return fields;
}

/** Whether git says yes (0) or no (1). */
export async function gitSays(
  place: GitPlace,
  args: readonly string[],
  options: Omit<GitOptions, "accept"> = {},
): Promise<boolean> {
  return (await git(place, args, { ...options, accept: [0, 1] })).exitCode === 0;
}

/** An answer of any length in bounded memory: its head and its tail. */
export async function gitBounded(
  place: GitPlace,
  args: readonly string[],
  maxBytes: number,
): Promise<BoundedText> {
  const kept = boundedOutput({ headBytes: Math.ceil(maxBytes / 2), tailBytes: Math.floor(maxBytes / 2) });
  await gitChunks(place, args, kept.push);
  return { text: kept.text(), cut: kept.cutBytes() };
}

/** Hands an answer of any length on as it comes. */
export async function gitChunks(
  place: GitPlace,
  args: readonly string[],
  take: (chunk: Buffer) => void,
  options: Pick<GitOptions, "limitMs"> = {},
): Promise<void> {
  const call = execa("git", argv(place, args), {
    ...callOptions(place, options),
    buffer: { stdout: false },
    encoding: "buffer",
  });
  for await (const chunk of call.iterable({ from: "stdout", binary: true, preserveNewlines: true })) {
    take(Buffer.from(chunk));
  }
  const { exitCode, stderr } = await call;
  if (exitCode !== 0) throw new GitFault(args, exitCode, Buffer.from(stderr).toString());
}

/** What the second git says of the first one's output, byte for byte. */
export async function gitPiped(
  place: GitPlace,
  from: readonly string[],
  to: readonly string[],
): Promise<string> {
  const options = callOptions(place, {});
  const source = execa("git", argv(place, from), { ...options, buffer: { stdout: false } });
  const { exitCode, stdout, stderr } = await source.pipe("git", argv(place, to), {
    ...options,
    stdin: "pipe",
  });
  const first = await source;
  if (first.exitCode !== 0) throw new GitFault(from, first.exitCode, first.stderr);
  if (exitCode !== 0) throw new GitFault(to, exitCode, stderr);
  return stdout;
}
