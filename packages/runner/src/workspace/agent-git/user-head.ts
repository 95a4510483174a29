import { lstat, readFile } from "node:fs/promises";
import { join } from "node:path";
import { currentBranch, refCommit } from "../repository.ts";
import type { Workspace } from "../snapshot.ts";

/** Where the user's own view of the worktree stands: on the task's branch with nothing in progress, or how it does not. */
export async function readUserHead({
  layout,
  gitDir,
  place,
}: Workspace): Promise<{ kind: "on-branch"; commit: string } | { kind: "elsewhere"; detail: string }> {
  const elsewhere = (detail: string) => ({ kind: "elsewhere", detail }) as const;
  const gitFile = await readFile(join(layout.worktree, ".git"), "utf8").catch(() => "");
  if (gitFile.trim() !== `gitdir: ${gitDir}`)
    return elsewhere("the worktree's link to its repository was replaced");
  for (const state of ["rebase-merge", "rebase-apply", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD"]) {
    if (await lstat(join(gitDir, state)).catch(() => undefined))
      return elsewhere(`an operation of yours is in progress in the worktree (${state})`);
  }
  const [branch, commit] = await Promise.all([currentBranch(place), refCommit(place, "HEAD")]);
  if (branch !== layout.branch) {
    return elsewhere(
      branch === undefined
        ? `HEAD of the worktree is detached, not on ${layout.branch}`
        : `HEAD of the worktree is on ${branch}, not on ${layout.branch}`,
    );
  }
  if (commit === undefined) return elsewhere(`${layout.branch} has no commit any more`);
  return { kind: "on-branch", commit };
}
