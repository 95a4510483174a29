import { git, gitLine, gitSays, storeAt } from "./git.ts";
import { type Failed, failed } from "./outcome.ts";
import { currentBranch, neutralIdentity, refCommit, uncommitted } from "./repository.ts";
import { snapshotWorktree, type Workspace } from "./snapshot.ts";

/**
 * Puts the worktree at a commit: branch, index and every file that is not ignored. What it held before, and is in no candidate,
 * is kept under the task's refs first, so that nothing is lost.
 */
export async function placeWorktree(
  workspace: Workspace,
  commit: string,
  now: Date,
): Promise<Failed | undefined> {
  const { repository, layout, place } = workspace;
  const store = storeAt(repository.commonDir);
  const head = await refCommit(place, "HEAD");
  const branch = await currentBranch(place);
  const snapshot = await snapshotWorktree(workspace, commit);
  if (snapshot.kind === "nested") {
    return failed(
      "nested-repository",
      `${layout.worktree} holds git repositories of its own: ${snapshot.paths.join(", ")}`,
    );
  }
  const tree = await gitLine(store, ["rev-parse", `${commit}^{tree}`]);
  const isThere = branch === layout.branch && head === commit && snapshot.tree === tree;
  if (isThere && (await uncommitted(place)).length === 0) return undefined;

  const refs = await git(store, [
    "for-each-ref",
    "--format=%(objectname) %(tree)",
    layout.candidateRefs,
    layout.keptRefs,
  ]);
  const known = new Set([tree, ...refs.stdout.split(/\s/)]);
  if (head !== undefined) known.add(await gitLine(store, ["rev-parse", `${head}^{tree}`]));
  if (!known.has(snapshot.tree)) {
    const parent = head === undefined ? [] : ["-p", head];
    const options = { env: neutralIdentity(now), input: "Content of a worktree before it was moved\n" };
    const kept = await gitLine(store, ["commit-tree", snapshot.tree, ...parent], options);
    await git(store, ["update-ref", `${layout.keptRefs}/${kept}`, kept]);
  }
  if (
    head !== undefined &&
    !known.has(head) &&
    !(await gitSays(store, ["merge-base", "--is-ancestor", head, commit]))
  ) {
    await git(store, ["update-ref", `${layout.keptRefs}/${head}`, head]);
  }
  if (branch !== layout.branch) await git(place, ["symbolic-ref", "HEAD", layout.branchRef]);
  await restoreWorktree(workspace, commit);
  return undefined;
}

/**
 * Puts a placed worktree back to its commit after a command has been at work in it; what the command made is dropped.
 * Only ignored files stay.
 */
export async function restoreWorktree({ place }: Workspace, commit: string): Promise<void> {
  await git(place, ["-c", "core.sparseCheckout=false", "reset", "--hard", "--quiet", commit]);
  await git(place, ["clean", "-ffd", "--quiet"]);
}
