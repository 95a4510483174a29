import { git, gitLine, storeAt } from "./git.ts";
import type { TaskName } from "./layout.ts";
import type { Failed } from "./outcome.ts";
import { neutralIdentity, refCommit } from "./repository.ts";
import { snapshotWorktree } from "./snapshot.ts";
import { findWorkspace } from "./worktree.ts";

/**
 * Keeps what a worktree holds now, committed or not, under a ref of the user's repository: called before something is carried
 * out that cannot be undone. Answers the ref, which outlives the task. The worktree itself and its index are not touched.
 */
export async function rescueWorktree(
  request: TaskName & { workspace: string },
  now: Date,
): Promise<{ type: "rescued"; ref: string } | Failed> {
  const found = await findWorkspace(request);
  if (found.type === "work.failed") return found;
  const { workspace } = found;
  const { repository, layout, place } = workspace;
  const store = storeAt(repository.commonDir);
  const head = await refCommit(place, "HEAD");
  const snapshot = await snapshotWorktree(workspace, head ?? (await refCommit(store, layout.baseRef)) ?? "");
  if (snapshot.kind === "nested")
    return {
      type: "work.failed",
      kind: "nested-repository",
      message: `the worktree holds git repositories of its own, which no ref can keep: ${snapshot.paths.join(", ")}`,
    };
  const parent = head === undefined ? [] : ["-p", head];
  const options = {
    env: neutralIdentity(now),
    input: "Content of a worktree before what cannot be undone\n",
  };
  const kept = await gitLine(store, ["commit-tree", snapshot.tree, ...parent], options);
  const ref = `refs/tutti/rescue/${request.session}/${request.task}/${kept}`;
  await git(store, ["update-ref", ref, kept]);
  return { type: "rescued", ref };
}
