import { createHash } from "node:crypto";
import { mkdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { type Failed, failed } from "./outcome.ts";

/** Whose work it is. Session and task are words of letters, digits, `.`, `_` and `-`. */
export interface TaskName {
  /** Tutti's own folder on this machine; nothing of the user's lies in it. */
  stateFolder: string;
  session: string;
  task: string;
}

/** Where everything of one task lies: folders under the state folder, and refs in the user's repository. */
export interface Layout {
  worktree: string;
  /** Names the repository that the worktree belongs to: one line, its root. */
  repositoryRecord: string;
  /** Says whether the worktree has been set up: "begun" or "done". */
  setUpRecord: string;
  reviews: string;
  /** Kept evidence of checks, of all tasks. */
  evidence: string;
  /** Everything of the agent's own git view; of it only the git folder is ever writable for the agent. */
  agentGit: string;
  /** Where repositories go that an agent left inside its worktree. */
  quarantine: string;
  /** For temporary index files. */
  scratch: string;
  branch: string;
  /** Full name of the branch. */
  branchRef: string;
  /** Set when the worktree is complete; points at the commit it was opened on. */
  baseRef: string;
  /** Where the user's and the agent's view of the branch last agreed. */
  agreedRef: string;
  /** Prefix of the refs that keep candidates from being pruned. */
  candidateRefs: string;
  /** Prefix of the refs that keep what a moved worktree held before. */
  keptRefs: string;
}

/** Names everything of a task. Makes the state folder where there is none, and sees through symbolic links on the way to it. */
export async function layoutOf({
  stateFolder,
  session,
  task,
}: TaskName): Promise<{ type: "layout"; layout: Layout } | Failed> {
  for (const [what, word] of Object.entries({ session, task })) {
    if (!isName(word)) {
      return failed(
        "bad-name",
        `${JSON.stringify(word)} is no name for a ${what}: use letters, digits, "-" and "_"`,
      );
    }
  }
  await mkdir(stateFolder, { recursive: true, mode: 0o700 });
  const state = await realpath(stateFolder);
  const refs = `refs/tutti/${session}/${task}`;
  const branch = `tutti/${session}/${task}`;
  const layout = {
    worktree: join(state, "worktrees", session, task),
    repositoryRecord: join(state, "worktrees", session, `${task}.repository`),
    setUpRecord: join(state, "worktrees", session, `${task}.set-up`),
    reviews: join(state, "reviews", session, task),
    evidence: join(state, "evidence"),
    agentGit: join(state, "git", session, task),
    quarantine: join(state, "quarantine", session, task),
    scratch: join(state, "scratch"),
    branch,
    branchRef: `refs/heads/${branch}`,
    baseRef: `${refs}/base`,
    agreedRef: `${refs}/agreed`,
    candidateRefs: `${refs}/candidates`,
    keptRefs: `${refs}/kept`,
  };
  return { type: "layout", layout };
}

/** Whether a word can be a folder and a part of a ref name everywhere. */
export function isName(word: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(word) && !/\.\.|\.lock$|\.$/.test(word);
}

/** A short name for something long, always the same. */
export function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
