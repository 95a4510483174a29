/** Sees, before anything is asked for, whether work can begin in a folder. */
import { stat } from "node:fs/promises";
import { checkoutAt, type GitAnswer, git } from "./git.ts";

/** Why no work can begin. What to do about it is for each surface to say, in its own words. */
export type StartingObstacle =
  | "no-git"
  | "no-folder"
  | "no-repository"
  | "no-commit"
  | "no-branch"
  | "unknown-target";

export type StartingPoint =
  /** `branch` is the one that is checked out, null when none is; `head` the commit of the target, else of what is checked out. */
  | { ok: true; root: string; branch: string | null; head: string }
  /** `root` is null where there is no repository. */
  | { ok: false; obstacle: StartingObstacle; root: string | null; branch: string | null };

const limitMs = 20_000;

/** @param target the branch to merge into; the one that is checked out when not given. Rejects on a git that does not answer in time. */
export async function startingPoint(folder: string, target?: string): Promise<StartingPoint> {
  const no = (obstacle: StartingObstacle, root: string | null = null, branch: string | null = null) =>
    ({ ok: false, obstacle, root, branch }) as const;
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) return no("no-folder");
  const top = await said(folder, "rev-parse", "--show-toplevel");
  if (top === "no-git") return no("no-git");
  const root = top.line;
  if (!root) return no("no-repository");
  const line = async (...args: string[]) => {
    const answer = await said(root, ...args);
    return answer === "no-git" ? undefined : answer.line;
  };
  const branch = (await line("symbolic-ref", "--quiet", "HEAD"))?.replace(/^refs\/heads\//, "") || null;
  const commit = await line("rev-parse", "--verify", "--quiet", "HEAD^{commit}");
  if (!commit) return no("no-commit", root, branch);
  if (target === undefined) {
    return branch === null ? no("no-branch", root) : { ok: true, root, branch, head: commit };
  }
  const head = await line("rev-parse", "--verify", "--quiet", `refs/heads/${target}^{commit}`);
  return head ? { ok: true, root, branch, head } : no("unknown-target", root, branch);
}

/** The first of the repository's own agent files that is not what its commit holds: only committed ones count. */
export async function uncommittedAgentFile(root: string): Promise<string | undefined> {
  const { stdout } = await git(checkoutAt(root), ["status", "--porcelain", "--", ".tutti/agents"], {
    limitMs,
  });
  const [first = ""] = stdout.split("\n");
  return first.slice(2).trim() || undefined;
}

/** What git answers, trimmed; undefined when it says no. */
async function said(folder: string, ...args: string[]): Promise<{ line: string | undefined } | "no-git"> {
  let answer: GitAnswer;
  try {
    answer = await git(checkoutAt(folder), args, { limitMs, accept: [0, 1, 128] });
  } catch (error) {
    if (isMissing(error)) return "no-git";
    throw error;
  }
  return { line: answer.exitCode === 0 ? answer.stdout.trim() : undefined };
}

/** Whether the program itself was not found; the folder is known to be there. */
function isMissing(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if ("code" in cause && cause.code === "ENOENT") return true;
  return false;
}
