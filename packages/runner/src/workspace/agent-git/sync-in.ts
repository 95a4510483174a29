import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { git, storeAt } from "../git.ts";
import { type Failed, failed } from "../outcome.ts";
import { isBuiltOn, refCommit } from "../repository.ts";
import type { AgentGit } from "./agent-git.ts";
import { gitInside, type Inside, insideAnswer } from "./inside.ts";
import { isUnsettled, type Refused } from "./sync-out.ts";
import { readUserView, readViews } from "./views.ts";

export type SyncedIn =
  | { type: "same"; commit: string }
  /** The agent's view now is where the user's is. */
  | { type: "synced"; from: string; to: string }
  /** Only the agent has committed: `syncOut` brings the user there. */
  | { type: "agent-ahead"; agent: string; user: string }
  /** Both have committed, and the user's commits are not built on the agent's. */
  | { type: "both-moved"; agent: string; user: string }
  | Refused
  | Failed;

const LIMIT_MS = 2 * 60_000;

/**
 * Lets the agent's view follow commits that the user made in the worktree. Called before a turn, when no turn is open: the agent's git
 * is moved inside, and a lock that a killed git of the agent's left there is removed.
 */
export async function syncIn(
  agentGit: AgentGit,
  { inside, limitMs = LIMIT_MS }: { inside: Inside; limitMs?: number },
): Promise<SyncedIn> {
  const views = await readViews(agentGit);
  if (views.kind === "elsewhere") {
    const { reason, detail } = views;
    return { type: "refused", reason, detail, paths: [] };
  }
  const { agent: from, user: to, agreed } = views;
  if (from === to && agreed === to && !(await isUnsettled(agentGit.workspace)))
    return { type: "same", commit: to };
  // Where both agree and it is not noted yet, the other direction was interrupted, and finishes.
  if (from === to || to === agreed) return { type: "agent-ahead", agent: from, user: to };
  if (from !== agreed && !(await isBuiltOn(storeAt(agentGit.workspace.repository.commonDir), to, from))) {
    return { type: "both-moved", agent: from, user: to };
  }
  return (await move(agentGit, inside, to, limitMs)) ?? { type: "synced", from, to };
}

/**
 * Brings the agent's view to where the user's is, whatever it was: on the branch, at its commit, nothing in progress, nothing staged, and
 * the target branch where the user's is. Called after Tutti itself has moved the worktree, when no turn is open. Commits of the agent's that
 * were not synced out before are left to the reflog of its own git folder.
 */
export async function follow(
  agentGit: AgentGit,
  { inside, limitMs = LIMIT_MS }: { inside: Inside; limitMs?: number },
): Promise<{ type: "followed"; commit: string } | Refused | Failed> {
  const { user } = await readUserView(agentGit.workspace);
  if (user.kind === "elsewhere")
    return { type: "refused", reason: "user-elsewhere", detail: user.detail, paths: [] };
  const { commit } = user;
  return (await move(agentGit, inside, commit, limitMs)) ?? { type: "followed", commit };
}

/**
 * Arguments: git folder, worktree, task's branch, its commit, target branch, its commit (or nothing, twice); then git and its settings. On stdin:
 * where the user's history is cut short. Leftovers of killed gits and of operations that are overtaken are cleared first.
 */
const SCRIPT = `
set -eu
dir=$1 work=$2 branch=$3 commit=$4 target=$5 head=$6
shift 6
cd "$dir"
for left in index HEAD packed-refs config shallow "$branch" "$target"; do rm -f "$left.lock"; done
rm -rf rebase-merge rebase-apply sequencer MERGE_HEAD MERGE_MSG MERGE_MODE CHERRY_PICK_HEAD REVERT_HEAD
cat > shallow.lock
if [ -s shallow.lock ]; then mv -f shallow.lock shallow; else rm -f shallow.lock; fi
[ -z "$target" ] || "$@" update-ref "$target" "$head"
"$@" update-ref "$branch" "$commit"
"$@" symbolic-ref HEAD "$branch"
cd "$work"
"$@" reset --quiet --mixed
`;

async function move(
  { workspace, target, gitDir }: AgentGit,
  inside: Inside,
  commit: string,
  limitMs: number,
): Promise<Failed | undefined> {
  const { layout, repository } = workspace;
  const store = storeAt(repository.commonDir);
  const head = target === null ? undefined : await refCommit(store, `refs/heads/${target}`);
  const targetWords = head === undefined ? ["", ""] : [`refs/heads/${target}`, head];
  const words = [
    gitDir,
    layout.worktree,
    layout.branchRef,
    commit,
    ...targetWords,
    ...gitInside(gitDir, layout.worktree, []),
  ];
  const input = await readFile(join(repository.commonDir, "shallow"), "utf8").catch(() => "");
  const { code, said } = await insideAnswer(inside, ["/bin/sh", "-c", SCRIPT, "sh", ...words], {
    input,
    limitMs,
  });
  if (code !== 0) {
    return failed(
      "agent-git-stuck",
      `the agent's view of git cannot follow the worktree: ${said.slice(-600)}`,
    );
  }
  await git(store, ["update-ref", layout.agreedRef, commit]);
  return undefined;
}
