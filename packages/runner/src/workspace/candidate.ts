import { lstat, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describeChange } from "./change.ts";
import { checkoutAt, type GitPlace, git, gitLine, gitSays, storeAt } from "./git.ts";
import type { TaskName } from "./layout.ts";
import type { Outcome } from "./outcome.ts";
import { commitIdentity, currentBranch, refCommit } from "./repository.ts";
import { snapshotWorktree, type Workspace } from "./snapshot.ts";
import { findWorkspace } from "./worktree.ts";

export interface TakeCandidate extends TaskName {
  workspace: string;
  /** The commit that the candidate is built on. */
  base: string;
  message: string;
  /** Paths that define checks: a change to one is flagged. */
  sources: readonly string[];
  /** The candidate before this one; null for a first one. */
  previous: string | null;
  now: Date;
}

/**
 * Builds the candidate: one commit on `base` whose tree is the worktree's whole content, the agent's own commits folded in.
 *
 * The worktree stays as it is. The author is the user as configured in the repository, the committer Tutti; no hook is run and
 * nothing is signed. The same content, base and message give the same commit. Refused: a worktree that is no longer on its
 * branch, on top of `base`, with nothing in progress ("moved-head"); a repository inside the worktree ("nested-repository").
 */
export async function takeCandidate(
  request: TakeCandidate,
): Promise<Outcome<"candidate.taken" | "candidate.empty" | "candidate.refused">> {
  const found = await findWorkspace(request);
  if (found.type === "work.failed") return found;
  const { workspace } = found;
  const moved = await howHeadMoved(workspace, request.base);
  if (moved) return { type: "candidate.refused", reason: "moved-head", detail: moved, paths: [] };

  const snapshot = await snapshotWorktree(workspace, request.base);
  if (snapshot.kind === "nested") {
    const detail =
      "the worktree holds git repositories of its own, whose files cannot become part of the change";
    return { type: "candidate.refused", reason: "nested-repository", detail, paths: snapshot.paths };
  }
  const { repository, layout } = workspace;
  const store = storeAt(repository.commonDir);
  const { tree } = snapshot;
  if (tree === (await gitLine(store, ["rev-parse", `${request.base}^{tree}`])))
    return { type: "candidate.empty" };

  let commit = await takenBefore(store, layout.candidateRefs, tree, request);
  if (commit === undefined) {
    const env = await commitIdentity(checkoutAt(repository.root), request.now);
    const input = `${request.message.trimEnd()}\n`;
    commit = await gitLine(store, ["commit-tree", tree, "-p", request.base], { env, input });
    await git(store, ["update-ref", `${layout.candidateRefs}/${commit}`, commit]);
  }
  const candidate = await describeChange(repository, request.base, commit, request.sources, request.previous);
  return { type: "candidate.taken", candidate };
}

/** What is wrong with the worktree's HEAD; undefined when it is where the work was opened. */
async function howHeadMoved({ layout, gitDir, place }: Workspace, base: string): Promise<string | undefined> {
  const gitFile = await readFile(join(layout.worktree, ".git"), "utf8").catch(() => "");
  if (gitFile.trim() !== `gitdir: ${gitDir}`) return "the worktree's link to its repository was replaced";
  for (const state of ["rebase-merge", "rebase-apply", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD"]) {
    if (await lstat(join(gitDir, state)).catch(() => undefined))
      return `an operation is in progress (${state})`;
  }
  const branch = await currentBranch(place);
  if (branch !== layout.branch) {
    return branch === undefined
      ? `HEAD is detached, not on ${layout.branch}`
      : `HEAD is on ${branch}, not on ${layout.branch}`;
  }
  const head = await refCommit(place, "HEAD");
  if (head === undefined) return `${layout.branch} has no commit any more`;
  if (!(await gitSays(place, ["merge-base", "--is-ancestor", base, head])))
    return `${head} is not built on ${base}`;
  return undefined;
}

async function takenBefore(
  store: GitPlace,
  refs: string,
  tree: string,
  { base, message }: TakeCandidate,
): Promise<string | undefined> {
  const format = "--format=%(objectname)%00%(tree)%00%(parent)%00%(contents)%00";
  const fields = (await git(store, ["for-each-ref", format, refs])).stdout.split("\0");
  for (let index = 0; index + 3 < fields.length; index += 4) {
    const [commit, ...rest] = fields.slice(index, index + 4).map((field) => field.trim());
    if (commit && rest[0] === tree && rest[1] === base && rest[2] === message.trim()) return commit;
  }
  return undefined;
}
