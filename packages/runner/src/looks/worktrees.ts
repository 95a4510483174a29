import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import type { SeenWorktree } from "@tutti/core";
import { worktreeAt } from "../workspace/git.ts";
import { gitDirOf, openRepository, uncommitted } from "../workspace/repository.ts";

/** Worktrees that are told of, the latest first. */
const most = 100;
/** How many git calls look at once, how long each may take and how long all together, in milliseconds. */
const atOnce = 4;
const oneMs = 5_000;
const allMs = 10_000;

interface Found {
  path: string;
  session: string;
  /** The root of the repository that it belongs to. */
  repository: string;
  changedAt: Date;
}

/** The worktrees below Tutti's own folder. What is half made or half gone is passed over. */
export async function seenWorktrees(stateFolder: string, now: () => number): Promise<SeenWorktree[]> {
  const top = join(await realpath(stateFolder), "worktrees");
  const sessions = await readdir(top).catch(() => []);
  const found = (
    await Promise.all(sessions.map((session) => worktreesOf(join(top, session), session)))
  ).flat();
  found.sort((a, b) => b.changedAt.getTime() - a.changedAt.getTime());
  const deadline = now() + allMs;
  const seen: SeenWorktree[] = [];
  const waiting = found.slice(0, most).entries();
  const look = async () => {
    for (const [index, one] of waiting) {
      const { path, repository, session, changedAt } = one;
      const count = now() < deadline ? await uncommittedIn(one).catch(() => null) : null;
      seen[index] = { path, repository, session, changedAt: changedAt.toISOString(), uncommitted: count };
    }
  };
  await Promise.all(Array.from({ length: atOnce }, look));
  return seen;
}

async function worktreesOf(folder: string, session: string): Promise<Found[]> {
  const suffix = ".repository";
  const records = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(suffix));
  const found = await Promise.all(
    records.map(async (record) => {
      const path = join(folder, record.slice(0, -suffix.length));
      const [repository, place] = await Promise.all([
        readFile(join(folder, record), "utf8").catch(() => ""),
        stat(path).catch(() => undefined),
      ]);
      if (!place?.isDirectory() || repository.trim() === "") return [];
      return [{ path, session, repository: repository.trim(), changedAt: place.mtime }];
    }),
  );
  return found.flat();
}

/** Asks the repository's own record, not what lies in the worktree: an agent may have put anything there. */
async function uncommittedIn({ path, repository }: Found): Promise<number | null> {
  const opened = await openRepository(repository);
  if (opened.type === "work.failed") return null;
  const gitDir = await gitDirOf(opened.repository, path);
  if (gitDir === undefined) return null;
  return (await uncommitted(worktreeAt(gitDir, path), "with-untracked", oneMs)).length;
}
