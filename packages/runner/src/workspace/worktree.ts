import { lstat, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { closeAgentGit } from "./agent-git/index.ts";
import { type GitPlace, git, gitFields, gitLine, gitSays, storeAt, worktreeAt } from "./git.ts";
import { type Layout, layoutOf, type TaskName } from "./layout.ts";
import { type Failed, failed, type Outcome } from "./outcome.ts";
import { gitDirOf, openRepository, type Repository, refCommit } from "./repository.ts";
import { withRepositoryLock } from "./repository-lock.ts";
import { snapshotWorktree, type Workspace } from "./snapshot.ts";

/**
 * Opens the task's worktree: a folder under the state folder, on a branch of its own that starts at `base` and tracks nothing.
 * Asked again it gives the same answer. A worktree that an interrupted call left half made is made anew; nobody has worked in it.
 * The worktree is locked, so that the user's `git worktree prune` leaves it alone.
 */
export async function openWorktree(
  request: TaskName & { repository: string; base: string },
): Promise<Outcome<"workspace.opened">> {
  const named = await layoutOf(request);
  if (named.type === "work.failed") return named;
  const opened = await openRepository(request.repository);
  if (opened.type === "work.failed") return opened;
  const { layout } = named;
  const { repository } = opened;
  const store = storeAt(repository.commonDir);
  const answer = { type: "workspace.opened", workspace: layout.worktree, branch: layout.branch } as const;

  return withRepositoryLock(request.stateFolder, repository, async () => {
    const base = await refCommit(store, request.base);
    if (base === undefined)
      return failed("unknown-commit", `${repository.root} has no commit ${request.base}`);
    const before = await refCommit(store, layout.baseRef);
    const gitDir = await gitDirOf(repository, layout.worktree);
    if (before !== undefined && before !== base) {
      return failed(
        "other-base",
        `the worktree of this task was opened on ${before}; close it first: ${layout.worktree}`,
      );
    }
    if (before !== undefined && gitDir !== undefined && (await exists(layout.worktree))) return answer;

    const doubt = await clearHalfMade(repository, layout, gitDir);
    if (doubt) return doubt;
    const branch = await refCommit(store, layout.branchRef);
    if (branch !== undefined && branch !== base && before === undefined) {
      return failed(
        "branch-exists",
        `${repository.root} already has a branch ${layout.branch}: rename or remove it`,
      );
    }
    await mkdir(dirname(layout.worktree), { recursive: true });
    await writeFile(layout.repositoryRecord, `${repository.root}\n`);
    const start =
      branch === undefined
        ? ["--no-track", "-b", layout.branch, layout.worktree, base]
        : [layout.worktree, layout.branch];
    await git(store, [
      ...["-c", "core.sparseCheckout=false", "-c", "worktree.guessRemote=false"],
      ...["worktree", "add", "--quiet", "--lock", "--reason", "in use by Tutti", ...start],
    ]);
    await git(store, ["update-ref", layout.baseRef, base]);
    return answer;
  });
}

/** Finds the task's worktree, which must be the folder that is named. */
export async function findWorkspace(
  request: TaskName & { workspace: string },
): Promise<{ type: "workspace"; workspace: Workspace } | Failed> {
  const named = await layoutOf(request);
  if (named.type === "work.failed") return named;
  const { layout } = named;
  if (request.workspace !== layout.worktree) {
    return failed(
      "foreign-workspace",
      `${request.workspace} is not the worktree of this task (${layout.worktree})`,
    );
  }
  const root = await readFile(layout.repositoryRecord, "utf8").catch(() => undefined);
  if (root === undefined) return failed("no-workspace", `${layout.worktree} is not open`);
  const opened = await openRepository(root.replace(/\n$/, ""));
  if (opened.type === "work.failed") return opened;
  const { repository } = opened;
  const gitDir = await gitDirOf(repository, layout.worktree);
  if (gitDir === undefined || !(await exists(layout.worktree))) {
    return failed(
      "no-workspace",
      `${layout.worktree} is gone: it was removed by hand, or its repository has moved`,
    );
  }
  const place = worktreeAt(gitDir, layout.worktree);
  return { type: "workspace", workspace: { repository, layout, gitDir, place } };
}

/**
 * Removes the worktree, its branch and its refs, when nothing would be lost: its content is the base's or the merged commit's, and
 * the merged commit is on a branch of the user's. Otherwise it stays, and the answer says where and why. Ignored files are no work.
 * Asked again it answers that it is closed.
 */
export async function closeWorktree(
  request: TaskName & { repository: string; workspace: string; merged: string | null },
): Promise<Outcome<"workspace.closed" | "workspace.kept">> {
  const named = await layoutOf(request);
  if (named.type === "work.failed") return named;
  const { layout } = named;
  const opened = await openRepository(request.repository);
  if (opened.type === "work.failed") return opened;
  const { repository } = opened;
  const store = storeAt(repository.commonDir);
  if (request.workspace !== layout.worktree) {
    return failed(
      "foreign-workspace",
      `${request.workspace} is not the worktree of this task (${layout.worktree})`,
    );
  }
  const kept = (reason: string) => ({ type: "workspace.kept", workspace: layout.worktree, reason }) as const;

  return withRepositoryLock(request.stateFolder, repository, async () => {
    const base = await refCommit(store, layout.baseRef);
    const gitDir = await gitDirOf(repository, layout.worktree);
    if (base === undefined && gitDir === undefined) return { type: "workspace.closed" } as const;
    if (base === undefined) return kept(`${layout.baseRef} is missing, so nothing shows what is new here`);
    if (request.merged !== null && !(await isOnUsersBranch(store, request.merged))) {
      return kept(`${request.merged} is on no branch of the repository yet`);
    }
    const refs = await refsOf(store, layout);
    if (request.merged === null && refs.length > 0) return kept("it has a candidate that is not merged");
    const settled = [base, ...(request.merged === null ? [] : [request.merged])];
    const trees = await Promise.all(
      settled.map((commit) => gitLine(store, ["rev-parse", `${commit}^{tree}`])),
    );

    const branch = await refCommit(store, layout.branchRef);
    if (branch !== undefined && !trees.includes(await gitLine(store, ["rev-parse", `${branch}^{tree}`]))) {
      return kept(`${layout.branch} holds commits that are not merged`);
    }
    if (gitDir !== undefined && (await exists(layout.worktree))) {
      const place = worktreeAt(gitDir, layout.worktree);
      const content = await snapshotWorktree({ repository, layout, gitDir, place }, base);
      if (content.kind === "nested")
        return kept(`it holds repositories of its own: ${content.paths.join(", ")}`);
      if (!trees.includes(content.tree)) return kept("it holds changes that are not merged");
    }
    await removeWorktree(repository, layout, gitDir);
    await closeAgentGit(repository, layout);
    for (const ref of [layout.branchRef, ...refs, layout.baseRef])
      await git(store, ["update-ref", "-d", ref]);
    return { type: "workspace.closed" } as const;
  });
}

async function removeWorktree(
  repository: Repository,
  layout: Layout,
  gitDir: string | undefined,
): Promise<void> {
  // Twice --force: it is locked, and what is left in it is ignored by the project.
  if (gitDir !== undefined) {
    await git(storeAt(repository.commonDir), ["worktree", "remove", "--force", "--force", layout.worktree]);
  }
  for (const record of [layout.repositoryRecord, layout.setUpRecord]) await rm(record, { force: true });
}

/** The refs that keep candidates, and what the worktree held before it was moved. */
async function refsOf(store: GitPlace, layout: Layout): Promise<string[]> {
  const refs = await git(store, [
    "for-each-ref",
    "--format=%(refname)",
    layout.candidateRefs,
    layout.keptRefs,
  ]);
  return refs.stdout.split("\n").filter((name) => name !== "");
}

/** Removes what an interrupted open left. Anything in it that is not simply a part of the base is a doubt, and stays. */
async function clearHalfMade(
  repository: Repository,
  layout: Layout,
  gitDir: string | undefined,
): Promise<Failed | undefined> {
  const doubt = failed(
    "workspace-in-doubt",
    `${layout.worktree} holds files that Tutti does not know: move it away first`,
  );
  if (!(await exists(layout.worktree))) {
    if (gitDir !== undefined) await removeWorktree(repository, layout, gitDir);
    return undefined;
  }
  if (gitDir === undefined) return doubt;
  const place = worktreeAt(gitDir, layout.worktree);
  const untracked = await gitFields(place, ["ls-files", "--others", "--directory", "-z"]);
  const changed = await gitFields(place, ["diff-index", "--name-only", "--diff-filter=d", "-z", "HEAD"]);
  if (untracked.length > 0 || changed.length > 0) return doubt;
  await removeWorktree(repository, layout, gitDir);
  return undefined;
}

async function isOnUsersBranch(store: GitPlace, commit: string): Promise<boolean> {
  if (!(await gitSays(store, ["cat-file", "-e", commit]))) return false;
  const branches = await git(store, [
    "for-each-ref",
    "--format=%(refname)",
    "--contains",
    commit,
    "refs/heads",
  ]);
  return branches.stdout.split("\n").some((name) => name !== "" && !name.startsWith("refs/heads/tutti/"));
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}
