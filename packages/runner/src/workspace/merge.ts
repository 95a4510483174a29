import { lstat, readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { changedPaths } from "./change.ts";
import { checkoutAt, GitFault, type GitPlace, git, gitFields, gitLine, gitSays, storeAt } from "./git.ts";
import { failed, type Outcome } from "./outcome.ts";
import {
  branchHead,
  listWorktrees,
  openRepository,
  type Repository,
  refCommit,
  uncommitted,
} from "./repository.ts";
import { withRepositoryLock } from "./repository-lock.ts";
import { unrunHooks } from "./unrun-hooks.ts";

export interface MergeCandidate {
  stateFolder: string;
  repository: string;
  commit: string;
  /** The tree that was approved: a commit with any other tree is refused. */
  tree: string;
  target: string;
  /** What the target pointed at when consent was given. */
  head: string;
}

type MergeOutcome = Outcome<"candidate.merged" | "target.moved" | "target.dirty">;

/**
 * Moves the target branch from `head` to `commit`, which is one or more commits on it.
 *
 * Where no worktree has the branch checked out, only the ref moves. Where one has, its files are fast-forwarded with it, as
 * `git merge --ff-only` does; uncommitted work in files that the change does not touch stays as it is. Work in the files
 * concerned, ignored and untracked ones included, or an operation in progress there, is "target.dirty", and nothing has changed.
 * No hook is run and nothing is signed; the notes say so where the user has either. Asked again it answers the same.
 */
export async function mergeCandidate(request: MergeCandidate): Promise<MergeOutcome> {
  const opened = await openRepository(request.repository);
  if (opened.type === "work.failed") return opened;
  const { repository } = opened;
  return withRepositoryLock(request.stateFolder, repository, () => merge(repository, request));
}

async function merge(
  repository: Repository,
  { commit, tree, target, head }: MergeCandidate,
): Promise<MergeOutcome> {
  const store = storeAt(repository.commonDir);
  if ((await refCommit(store, commit)) === undefined)
    return failed("unknown-commit", `${repository.root} has no commit ${commit}`);
  const actual = await gitLine(store, ["rev-parse", `${commit}^{tree}`]);
  if (actual !== tree)
    return failed("tree-mismatch", `${commit} has the tree ${actual}, not the approved ${tree}`);
  const current = await branchHead(store, target);
  if (current === undefined) return failed("unknown-branch", `${repository.root} has no branch ${target}`);

  const ref = `refs/heads/${target}`;
  const worktrees = await listWorktrees(store);
  const checkouts = worktrees.filter(({ branch, isBare }) => branch === ref && !isBare);
  if (await gitSays(store, ["merge-base", "--is-ancestor", commit, current])) {
    return merged(repository, commit, checkouts.length > 0);
  }
  if (current !== head) return { type: "target.moved", head: current };
  if (!(await gitSays(store, ["merge-base", "--is-ancestor", head, commit]))) {
    return failed("not-rebased", `${commit} is not built on ${head}: rebase it first`);
  }
  for (const { path, branch } of worktrees) {
    const state =
      branch === undefined ? await rebasing(path, ref) : branch === ref ? await inProgress(path) : undefined;
    if (state)
      return {
        type: "target.dirty",
        files: [],
        detail: `${path} is in the middle of ${state}: finish or abort it`,
      };
  }
  if (checkouts.length > 1) {
    return failed(
      "checked-out-twice",
      `${target} is checked out in several folders: ${checkouts.map(({ path }) => path).join(", ")}`,
    );
  }

  const [checkout] = checkouts;
  const moved = checkout
    ? await fastForward(repository, checkout.path, head, commit)
    : await moveRef(store, ref, head, commit);
  if (moved) return moved;
  const now = await branchHead(store, target);
  if (now !== commit) return { type: "target.moved", head: now ?? head };
  return merged(repository, commit, checkout !== undefined);
}

async function merged(repository: Repository, commit: string, updated: boolean): Promise<MergeOutcome> {
  const notes = await unrunHooks(repository);
  return { type: "candidate.merged", commit, checkout: updated ? "updated" : "untouched", notes };
}

/** Git compares and swaps: a head that has moved meanwhile stays, and the caller sees it. */
async function moveRef(store: GitPlace, ref: string, head: string, commit: string): Promise<undefined> {
  await git(store, ["update-ref", "-m", "tutti: merge", ref, commit, head], { accept: [0, 128] });
}

async function fastForward(
  repository: Repository,
  folder: string,
  head: string,
  commit: string,
): Promise<MergeOutcome | undefined> {
  const place = checkoutAt(folder);
  const files = await filesInTheWay(repository, folder, head, commit);
  if (files.length > 0) return dirty(folder, files);
  try {
    await git(place, [
      ...["-c", "merge.autoStash=false", "-c", "merge.verifySignatures=false"],
      ...["merge", "--ff-only", "--no-overwrite-ignore", "--no-stat", "--quiet", commit],
    ]);
    return undefined;
  } catch (cause) {
    if (!(cause instanceof GitFault)) throw cause;
    const locked = /index\.lock/.test(cause.stderr);
    if (locked)
      return { type: "target.dirty", files: [], detail: `another git process is at work in ${folder}` };
    // What git alone sees: work that came meanwhile, or in files that the user has told git to overlook. It names them indented.
    if (!/would be overwritten/.test(cause.stderr)) throw cause;
    const named = cause.stderr.split("\n").filter((line) => line.startsWith("\t"));
    return dirty(folder, named.map((line) => line.trim()).sort());
  }
}

function dirty(folder: string, files: string[]): MergeOutcome {
  const detail = `${folder} has uncommitted work in files that the change touches: commit, stash or move it away`;
  return { type: "target.dirty", files, detail };
}

/** Paths of the change where the checkout holds something that is in no commit: changed, staged, untracked or ignored. */
async function filesInTheWay(
  repository: Repository,
  folder: string,
  head: string,
  commit: string,
): Promise<string[]> {
  const concerned = await changedPaths(repository, head, commit);
  const place = checkoutAt(folder);
  const touched = new Set(await uncommitted(place));
  const tracked = new Set(await gitFields(place, ["ls-files", "-z"]));
  const found = new Set<string>();
  for (const path of concerned) {
    if (touched.has(path)) found.add(path);
    else if (!tracked.has(path)) {
      const stranger = await strangerAt(folder, path, tracked);
      if (stranger !== undefined) found.add(stranger);
    }
  }
  return [...found].sort();
}

/** What lies, untracked, at the place of a path that is to be created: the path itself, or a file where it needs a folder. */
async function strangerAt(
  folder: string,
  path: string,
  tracked: ReadonlySet<string>,
): Promise<string | undefined> {
  for (let parent = posix.dirname(path); parent !== "."; parent = posix.dirname(parent)) {
    const there = await lstat(join(folder, parent)).catch(() => undefined);
    if (there && !there.isDirectory() && !tracked.has(parent)) return parent;
  }
  const there = await lstat(join(folder, path)).catch(() => undefined);
  if (there === undefined) return undefined;
  if (!there.isDirectory()) return path;
  const inside = await gitFields(checkoutAt(folder), [
    "ls-files",
    "--others",
    "-z",
    "--",
    `:(literal)${path}`,
  ]);
  return inside[0];
}

const STATES: Readonly<Record<string, string>> = {
  MERGE_HEAD: "a merge",
  CHERRY_PICK_HEAD: "a cherry-pick",
  REVERT_HEAD: "a revert",
  "rebase-merge": "a rebase",
  "rebase-apply": "a rebase",
};

async function inProgress(folder: string): Promise<string | undefined> {
  const gitDir = await gitDirAt(folder);
  for (const [name, state] of Object.entries(STATES)) {
    if (gitDir !== undefined && (await lstat(join(gitDir, name)).catch(() => undefined))) return state;
  }
  return undefined;
}

/** A worktree with a detached HEAD may be rebasing the branch. */
async function rebasing(folder: string, ref: string): Promise<string | undefined> {
  const gitDir = await gitDirAt(folder);
  for (const name of ["rebase-merge", "rebase-apply"]) {
    if (gitDir === undefined) return undefined;
    const branch = await readFile(join(gitDir, name, "head-name"), "utf8").catch(() => "");
    if (branch.trim() === ref) return "a rebase of the branch";
  }
  return undefined;
}

async function gitDirAt(folder: string): Promise<string | undefined> {
  if (!(await lstat(folder).catch(() => undefined))) return undefined;
  const { exitCode, stdout } = await git(checkoutAt(folder), ["rev-parse", "--absolute-git-dir"], {
    accept: [0, 128],
  });
  return exitCode === 0 ? stdout.trim() : undefined;
}
