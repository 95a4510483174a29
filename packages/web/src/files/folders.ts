/** The folders of a session that a person can look into: the worktrees of its tasks, and its repository. Pure. */
import { repositoryOf, type SessionState } from "@tutti/core";

export interface WorkFolder {
  /** A task's id, or `repository`, or `folder`: what stands in the address. */
  key: string;
  title: string;
  /** Absolute on the session's machine. */
  path: string;
  kind: "worktree" | "repository" | "folder";
  /** The agent's session that works in it; undefined where none does. */
  agent: string | undefined;
}

/** Worktrees that are still there first, in the order of their tasks. */
export function foldersOf(root: SessionState, children: readonly SessionState[]): WorkFolder[] {
  const folders: WorkFolder[] = [];
  const several = Object.keys(root.tasks).length > 1;
  for (const task of Object.keys(root.tasks)) {
    const path = worktreeOf(root, task);
    if (path === undefined) continue;
    const agent = children.findLast(({ spec }) => spec.task === task && spec.role === "implementer");
    folders.push({
      ...{ key: task, title: several ? `Worktree of ${task}` : "Worktree", path, kind: "worktree" },
      agent: agent?.id,
    });
  }
  const { workspace } = root.spec;
  if (workspace !== undefined)
    folders.push({ key: "folder", title: "Folder", path: workspace, kind: "folder", agent: root.id });
  const repository = repositoryOf(root);
  if (repository !== null && repository !== workspace)
    folders.push({
      ...{ key: "repository", title: "Repository", path: repository, kind: "repository" },
      agent: undefined,
    });
  return folders;
}

/** Where a task's worktree is; undefined before it was made and after it was removed. */
function worktreeOf({ work }: SessionState, task: string): string | undefined {
  let path: string | undefined;
  for (const { request, result } of Object.values(work)) {
    if (!("task" in request) || request.task !== task) continue;
    if (result?.type === "workspace.opened") path = result.workspace;
    else if (result?.type === "workspace.closed") path = undefined;
  }
  return path;
}
