import { type GitEnd, runGit } from "./run-git.ts";

/** How a gate calls git: where, as whom, and until when. */
export interface GitPlace {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** A marker that no other process carries. */
  nextMarker: () => string;
  signal: AbortSignal;
  flags: readonly string[];
}

export interface CallOptions {
  input?: string;
  limitMs?: number;
  onLine?: (line: string) => void;
}

/** git said something that its caller has no answer for. `said` is git's own words, as they came: redact before showing. */
export class GateFault extends Error {
  override readonly name = "GateFault";
  readonly said: string;

  constructor(args: readonly string[], end: GitEnd) {
    const why =
      end.ended === "timeout"
        ? "took too long"
        : end.ended === "abort"
          ? "the gate is closing"
          : end.stderr.trim() || `ended with ${end.exitCode ?? "a signal"}`;
    super(`git ${args[0] ?? ""}: ${why}`);
    this.said = why;
  }
}

/** Local work: long enough for a big repository on a slow disk. */
const LOCAL_LIMIT_MS = 10 * 60_000;

/** Runs git; whatever its exit code is, it is the answer. */
export function git(place: GitPlace, args: readonly string[], options: CallOptions = {}): Promise<GitEnd> {
  const { cwd, env, nextMarker, signal } = place;
  return runGit({
    ...{ cwd, env, marker: nextMarker(), signal, limitMs: LOCAL_LIMIT_MS },
    ...options,
    args: [...place.flags, ...args],
  });
}

/** The output of a git that has to succeed. Rejects with GateFault. */
export async function gitOutput(
  place: GitPlace,
  args: readonly string[],
  options?: CallOptions,
): Promise<string> {
  const end = await git(place, args, options);
  if (end.exitCode !== 0) throw new GateFault(args, end);
  return end.stdout;
}

/** The same in lines, without empty ones. */
export async function gitLines(
  place: GitPlace,
  args: readonly string[],
  options?: CallOptions,
): Promise<string[]> {
  return (await gitOutput(place, args, options)).split("\n").filter((line) => line !== "");
}

/** Settings for one git call as environment entries, after those that the environment has already: nothing of them is seen in a process list. */
export function withSettings(
  env: NodeJS.ProcessEnv,
  settings: readonly (readonly [key: string, value: string])[],
): NodeJS.ProcessEnv {
  const before = Number(env.GIT_CONFIG_COUNT ?? 0) || 0;
  return {
    ...env,
    GIT_CONFIG_COUNT: String(before + settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${before + index}`, key],
        [`GIT_CONFIG_VALUE_${before + index}`, value],
      ]),
    ),
  };
}
