import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm, unlink } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { isAlive } from "../process/alive.ts";
import { shortHash } from "./layout.ts";
import { type Failed, failed } from "./outcome.ts";
import type { Repository } from "./repository.ts";

const queues = new Map<string, Promise<unknown>>();

/**
 * Does what changes a repository's worktrees and branches one at a time: first come, first served within this process, and by
 * a lock file between processes. The lock of a process that is gone is taken over. After `limitMs` (default 2 min) of waiting
 * for another process the answer is a refusal that names the file.
 */
export async function withRepositoryLock<T>(
  stateFolder: string,
  repository: Repository,
  action: () => Promise<T>,
  limitMs = 120_000,
): Promise<T | Failed> {
  const path = join(stateFolder, "locks", `${shortHash(repository.commonDir)}.lock`);
  const before = queues.get(path) ?? Promise.resolve();
  const turn = before.then(() => locked(path, action, limitMs));
  const settled = turn.catch(() => {});
  queues.set(path, settled);
  try {
    return await turn;
  } finally {
    if (queues.get(path) === settled) queues.delete(path);
  }
}

async function locked<T>(path: string, action: () => Promise<T>, limitMs: number): Promise<T | Failed> {
  await mkdir(join(path, ".."), { recursive: true });
  const deadline = performance.now() + limitMs;
  while (!(await acquire(path))) {
    if (performance.now() > deadline) {
      return failed(
        "repository-busy",
        `another process works on this repository; if none does, remove ${path}`,
      );
    }
    await pause(25);
  }
  try {
    return await action();
  } finally {
    await rm(path, { force: true });
  }
}

async function acquire(path: string): Promise<boolean> {
  try {
    const file = await open(path, "wx");
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "EEXIST")) throw cause;
  }
  const holder = await readFile(path, "utf8").catch(() => "");
  if (holder !== "" && !isAlive(Number(holder))) await takeAway(path, holder);
  return false;
}

/** Renaming decides between several who see the same dead holder: one of them gets the file. */
async function takeAway(path: string, holder: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
    const taken = await readFile(aside, "utf8");
    if (taken === holder) await unlink(aside);
    else await rename(aside, path);
  } catch {
    // Another one was first.
  }
}
