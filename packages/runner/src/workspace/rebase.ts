import { describeChange } from "./change.ts";
import { git, gitFields, gitLine, storeAt } from "./git.ts";
import { layoutOf, type TaskName } from "./layout.ts";
import { failed, type Outcome } from "./outcome.ts";
import { placeWorktree } from "./place.ts";
import { branchHead, neutralIdentity, openRepository, refCommit } from "./repository.ts";
import { findWorkspace } from "./worktree.ts";

export interface RebaseCandidate extends TaskName {
  repository: string;
  candidate: string;
  /** The commit that the candidate was built on. */
  base: string;
  /** The branch on whose head it goes. */
  target: string;
  sources: readonly string[];
  now: Date;
}

/**
 * Puts the candidate's change on the target's current head. Where the head is still the base, that is the candidate itself.
 * The new commit keeps author, dates and message, so that the same candidate on the same head is the same commit.
 * It is built in the object store alone; then the task's branch and worktree follow it, so that the branch is what may be merged.
 */
export async function rebaseCandidate(
  request: RebaseCandidate,
): Promise<Outcome<"candidate.rebased" | "candidate.conflicted">> {
  const named = await layoutOf(request);
  if (named.type === "work.failed") return named;
  const opened = await openRepository(request.repository);
  if (opened.type === "work.failed") return opened;
  const { repository } = opened;
  const { base, sources } = request;
  const { layout } = named;
  const store = storeAt(repository.commonDir);
  const head = await branchHead(store, request.target);
  if (head === undefined)
    return failed("unknown-branch", `${repository.root} has no branch ${request.target}`);
  const candidate = await refCommit(store, request.candidate);
  if (candidate === undefined)
    return failed("unknown-commit", `${repository.root} has no commit ${request.candidate}`);
  if ((await gitLine(store, ["rev-parse", `${candidate}^@`])) !== base) {
    return failed("other-base", `${candidate} is not one commit on ${base}`);
  }
  const follow = async (commit: string) => {
    const found = await findWorkspace({ ...request, workspace: layout.worktree });
    const stuck =
      found.type === "workspace" ? await placeWorktree(found.workspace, commit, request.now) : undefined;
    if (stuck) return stuck;
    const described = await describeChange(repository, head, commit, sources, null);
    return { type: "candidate.rebased", candidate: described, head } as const;
  };
  if (head === base) return follow(candidate);

  // A stand-in for the head with the base as its only parent makes the base the merge base, wherever the head came from.
  const parentless = { env: neutralIdentity(new Date(0)), input: "head\n" };
  const standIn = await gitLine(store, ["commit-tree", `${head}^{tree}`, "-p", base], parentless);
  const options = ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", standIn, candidate];
  const merged = await git(store, options, { accept: [0, 1] });
  const [tree = "", ...conflicts] = merged.stdout.split("\0").filter((field) => field !== "");
  if (merged.exitCode === 1) return { type: "candidate.conflicted", files: conflicts.sort(), head };
  if (tree === (await gitLine(store, ["rev-parse", `${head}^{tree}`]))) {
    return failed("already-there", `${request.target} already holds this change`);
  }

  const [name = "", email = "", date = "", committed = "", ...message] = await gitFields(store, [
    ...[
      "log",
      "-1",
      "--no-show-signature",
      "--format=%an%x00%ae%x00%ad%x00%cd%x00%B",
      "--date=raw",
      candidate,
    ],
  ]);
  const env = {
    ...neutralIdentity(new Date(0)),
    GIT_COMMITTER_DATE: `@${committed}`,
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_AUTHOR_DATE: `@${date}`,
  };
  const input = `${message.join("\0").trimEnd()}\n`;
  const commit = await gitLine(store, ["commit-tree", tree, "-p", head], { env, input });
  await git(store, ["update-ref", `${layout.candidateRefs}/${commit}`, commit]);
  return follow(commit);
}
