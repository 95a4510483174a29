import { lstat, readFile } from "node:fs/promises";
import { join } from "node:path";
import { git } from "../git.ts";
import { currentBranch } from "../repository.ts";
import type { Workspace } from "../snapshot.ts";
import type { AgentGit } from "./agent-git.ts";
import { readAgentHead } from "./agent-head.ts";

/** Where the user's view of the worktree stands: on the task's branch with nothing in progress, or how it does not. */
export type UserHead = { kind: "on-branch"; commit: string } | { kind: "elsewhere"; detail: string };

export interface Views {
  /** Where both views stand, when both are on the branch. */
  kind: "on-branch";
  agent: string;
  user: string;
  /** Where they last agreed. */
  agreed: string | undefined;
}

/** One of the two views is not on the branch, on a commit, with nothing in progress. `detail` is in a person's words. */
export interface ViewElsewhere {
  kind: "elsewhere";
  reason: "moved-head" | "user-elsewhere";
  detail: string;
}

/** Where the agent's and the user's view of the worktree stand. */
export async function readViews({ gitDir, workspace }: AgentGit): Promise<Views | ViewElsewhere> {
  const [agent, { user, agreed }] = await Promise.all([
    readAgentHead(gitDir, workspace.layout),
    readUserView(workspace),
  ]);
  if (agent.kind === "elsewhere") return { ...agent, reason: "moved-head" };
  if (user.kind === "elsewhere") return { ...user, reason: "user-elsewhere" };
  return { kind: "on-branch", agent: agent.commit, user: user.commit, agreed };
}

/** Where the user's view stands, and where both last agreed. */
export async function readUserView(
  workspace: Workspace,
): Promise<{ user: UserHead; agreed: string | undefined }> {
  const { layout, gitDir, place } = workspace;
  const list = [
    "for-each-ref",
    "--format=%(HEAD) %(objectname) %(refname)",
    layout.branchRef,
    layout.agreedRef,
  ];
  const refs = new Map(
    (await git(place, list)).stdout.split("\n").map((line) => {
      const object = line.slice(2, line.indexOf(" ", 2));
      return [line.slice(object.length + 3), { object, isHead: line.startsWith("*") }];
    }),
  );
  const agreed = refs.get(layout.agreedRef)?.object;
  const branch = refs.get(layout.branchRef);
  const elsewhere = (detail: string) => ({ user: { kind: "elsewhere", detail } as const, agreed });

  const gitFile = await readFile(join(layout.worktree, ".git"), "utf8").catch(() => "");
  if (gitFile.trim() !== `gitdir: ${gitDir}`)
    return elsewhere("the worktree's link to its repository was replaced");
  for (const state of ["rebase-merge", "rebase-apply", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD"]) {
    if (await lstat(join(gitDir, state)).catch(() => undefined))
      return elsewhere(`an operation of yours is in progress in the worktree (${state})`);
  }
  if (branch?.isHead) return { user: { kind: "on-branch", commit: branch.object }, agreed };
  const current = await currentBranch(place);
  if (current === layout.branch) return elsewhere(`${layout.branch} has no commit any more`);
  return current === undefined
    ? elsewhere(`HEAD of the worktree is detached, not on ${layout.branch}`)
    : elsewhere(`HEAD of the worktree is on ${current}, not on ${layout.branch}`);
}
