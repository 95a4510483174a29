import { lstat, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type GitPlace, git, storeAt } from "../git.ts";
import { type Failed, failed } from "../outcome.ts";
import { isBuiltOn, refCommit } from "../repository.ts";
import { withRepositoryLock } from "../repository-lock.ts";
import type { Workspace } from "../snapshot.ts";
import type { AgentGit } from "./agent-git.ts";
import { type Unfit, withIncoming } from "./incoming.ts";
import type { Inside } from "./inside.ts";
import { lentRefs } from "./lent-refs.ts";
import { readViews, type ViewElsewhere } from "./views.ts";

export type SyncedOut =
  /** Both views agree, and did before. */
  | { type: "same"; commit: string }
  /** The user's branch now is where the agent's is. */
  | { type: "synced"; from: string; to: string }
  /** Only the user has committed: `syncIn` brings the agent there. */
  | { type: "user-ahead"; agent: string; user: string }
  /** Both have committed, and neither's commits are built on the other's: a person must say which holds. */
  | { type: "both-moved"; agent: string; user: string }
  /** The agent's commits stay where they are; the files in the worktree are what they are. */
  | Refused
  | Failed;

/** Reasons: see the detail, which is in a person's words. */
export interface Refused {
  type: "refused";
  reason: Exclude<Unfit["reason"], "both-moved"> | "user-elsewhere";
  detail: string;
  paths: string[];
}

export interface SyncOut {
  inside: Inside;
  /** The commit that the task's work must be built on, as for `candidate.take`. */
  base: string;
  /** Size of what may come in at once. Default: 1 GiB. */
  maxPackBytes?: number;
  /** How long packing and examining may take each. Default: 5 minutes. */
  limitMs?: number;
}

const MAX_PACK_BYTES = 1024 ** 3;
const LIMIT_MS = 5 * 60_000;

/**
 * Brings the agent's new commits into the user's repository and moves the task's branch, and with it the user's view of the worktree,
 * to them; files are not touched. Called when a turn has ended, and before a person opens the worktree.
 *
 * A refusal changes nothing. A call that was interrupted is finished by the next one.
 */
export async function syncOut(agentGit: AgentGit, request: SyncOut): Promise<SyncedOut> {
  const { workspace, stateFolder } = agentGit;
  const { repository } = workspace;
  const store = storeAt(repository.commonDir);
  const views = await readViews(agentGit);
  if (views.kind === "elsewhere") return refused(views);
  const { user: from, agent: to, agreed } = views;
  if (from === to) {
    if (agreed === to && !(await isUnsettled(workspace))) return { type: "same", commit: to };
    // Stopped between moving the branch and the index, or both came here by ways of their own.
    await settle(workspace);
    await git(store, ["update-ref", workspace.layout.agreedRef, to]);
    return { type: "synced", from: agreed ?? to, to };
  }
  if (to === agreed) return { type: "user-ahead", agent: to, user: from };
  const hasMoved = from !== agreed;
  if (hasMoved && (await isBuiltOn(store, from, to))) return { type: "user-ahead", agent: to, user: from };

  const { refs } = await lentRefs(store, ["refs/heads", "refs/tags", "refs/remotes"]);
  const known = refs.filter(({ name }) => !name.startsWith("refs/heads/tutti/")).map(({ object }) => object);
  const expected = {
    commit: to,
    base: request.base,
    user: hasMoved ? from : null,
    known: [...new Set([from, ...known])],
    maxPackBytes: request.maxPackBytes ?? MAX_PACK_BYTES,
    limitMs: request.limitMs ?? LIMIT_MS,
  };
  const taken = await withIncoming(agentGit, request.inside, expected, () =>
    withRepositoryLock(stateFolder, repository, () => move(store, workspace, from, to)),
  );
  if (taken.kind === "accepted") return taken.value;
  const { reason, ...rest } = taken.unfit;
  return reason === "both-moved"
    ? { type: "both-moved", agent: to, user: from }
    : { type: "refused", reason, ...rest };
}

async function move(store: GitPlace, workspace: Workspace, from: string, to: string): Promise<SyncedOut> {
  const { branchRef, agreedRef } = workspace.layout;
  await writeFile(unsettledRecord(workspace), to);
  const update = ["update-ref", "--create-reflog", "-m", "tutti: the agent's commits", "--stdin"];
  const input = `start\nupdate ${branchRef} ${to} ${from}\nupdate ${agreedRef} ${to}\ncommit\n`;
  const { exitCode } = await git(store, update, { input, accept: [0, 128] });
  if (exitCode !== 0) {
    const user = await refCommit(store, branchRef);
    if (user === undefined || user === from)
      return failed("branch-locked", `${branchRef} cannot be moved: another git process holds it`);
    return { type: "both-moved", agent: to, user };
  }
  await settle(workspace);
  return { type: "synced", from, to };
}

/** Says that the user's index may not have followed its branch yet. */
function unsettledRecord({ layout }: Workspace): string {
  return join(layout.agentGit, "unsettled");
}

/** Whether an interrupted `syncOut` waits to be finished by another one. */
export async function isUnsettled(workspace: Workspace): Promise<boolean> {
  return (await lstat(unsettledRecord(workspace)).catch(() => undefined)) !== undefined;
}

/** Lets the user's index follow its branch; files stay. */
async function settle(workspace: Workspace): Promise<void> {
  await git(workspace.place, ["-c", "core.sparseCheckout=false", "reset", "--quiet", "--mixed"]);
  await rm(unsettledRecord(workspace), { force: true });
}

function refused({ reason, detail }: ViewElsewhere): Refused {
  return { type: "refused", reason, detail, paths: [] };
}
