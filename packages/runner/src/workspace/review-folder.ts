import { randomUUID } from "node:crypto";
import { lstat, mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { changeDiff } from "./change.ts";
import { checkoutAt, git, gitLine, storeAt } from "./git.ts";
import { isName, layoutOf, type TaskName } from "./layout.ts";
import { failed, type Outcome } from "./outcome.ts";
import { neutralIdentity, openRepository, type Repository } from "./repository.ts";

/** The day on which every neutral commit is made. */
const NEUTRAL_DATE = new Date("2000-01-01T00:00:00Z");

/**
 * Makes a folder in which a change can be read and tried, and that says nothing of where it comes from: a repository of its own with
 * two commits, "base" and "candidate", by Tutti, and the two trees exactly as they are. No remote, no shared objects, no history,
 * no names. `name` tells several reviewers' folders apart. A folder that is already there is made anew: reviewers may have changed it.
 */
export async function makeReviewFolder(
  request: TaskName & { repository: string; base: string; commit: string; name: string },
): Promise<Outcome<"review.opened">> {
  const named = await layoutOf(request);
  if (named.type === "work.failed") return named;
  if (!isName(request.name))
    return failed("bad-name", `${JSON.stringify(request.name)} is no name for a review folder`);
  const opened = await openRepository(request.repository);
  if (opened.type === "work.failed") return opened;
  const { repository } = opened;
  const folder = join(named.layout.reviews, request.name);
  const draft = join(named.layout.scratch, `review-${randomUUID()}`);
  try {
    await mkdir(draft, { recursive: true });
    await fill(repository, draft, request.base, request.commit);
    await rm(folder, { recursive: true, force: true });
    await mkdir(dirname(folder), { recursive: true });
    await rename(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  const diff = await changeDiff(repository, request.base, request.commit);
  return { type: "review.opened", folder, diff };
}

/** Removes a review folder of this task, with everything a reviewer did in it. */
export async function removeReviewFolder(
  request: TaskName & { folder: string },
): Promise<Outcome<"review.closed">> {
  const named = await layoutOf(request);
  if (named.type === "work.failed") return named;
  if (dirname(request.folder) !== named.layout.reviews) {
    return failed(
      "foreign-folder",
      `${request.folder} is not a review folder of this task (${named.layout.reviews})`,
    );
  }
  if (await lstat(request.folder).catch(() => undefined))
    await rm(request.folder, { recursive: true, force: true });
  return { type: "review.closed" };
}

async function fill(repository: Repository, folder: string, base: string, commit: string): Promise<void> {
  const store = storeAt(repository.commonDir);
  const place = checkoutAt(folder);
  await git(place, [
    "init",
    "--quiet",
    "--template=",
    `--object-format=${repository.objectFormat}`,
    "--initial-branch=review",
    ".",
  ]);
  const trees = await Promise.all([base, commit].map((of) => gitLine(store, ["rev-parse", `${of}^{tree}`])));
  // A pack of two trees holds files and folders, and no commit that could tell of an author.
  const pack = join(folder, ".git", "objects", "pack", "pack");
  await git(store, ["pack-objects", "--quiet", "--revs", pack], { input: `${trees.join("\n")}\n` });

  let parent: string[] = [];
  for (const [index, message] of ["base", "candidate"].entries()) {
    const options = { env: neutralIdentity(NEUTRAL_DATE), input: `${message}\n` };
    const made = await gitLine(place, ["commit-tree", trees[index] ?? "", ...parent], options);
    parent = ["-p", made];
  }
  const [, head = ""] = parent;
  await git(place, ["-c", "core.logAllRefUpdates=false", "update-ref", "refs/heads/review", head]);
  // Large files that live outside the objects stay the pointers that the tree holds: there is no store to fetch them from.
  await git(place, ["read-tree", "--reset", "-u", "HEAD"], { env: { GIT_LFS_SKIP_SMUDGE: "1" } });
}
