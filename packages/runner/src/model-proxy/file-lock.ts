import { createHash, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { link, readFile, unlink, writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { isAlive } from "../process/alive.ts";

/**
 * Does `action` while nobody else on this machine holds the lock file, in this process or another. The lock of a process that
 * is gone is taken over, once by one. Throws after `limitMs` of waiting (a minute unless given), naming the file, and whatever
 * `action` throws. The lock's folder must be private and there.
 */
export async function withFileLock<T>(path: string, action: () => Promise<T>, limitMs = 60_000): Promise<T> {
  const deadline = performance.now() + limitMs;
  while (!(await acquire(path))) {
    if (performance.now() > deadline)
      throw new Error(`another process has held ${path} for too long; if none does, remove it`);
    await pause(10);
  }
  try {
    return await action();
  } finally {
    await gone(path);
  }
}

/**
 * A lock holds its holder's pid, when that process began, and a word that is never used again; so a lock that was read is
 * told from every later one. It comes to be whole, by a link.
 */
async function acquire(path: string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, `${process.pid} ${startOf(process.pid)} ${randomUUID()}`, {
    flag: "wx",
    mode: 0o600,
  });
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  } finally {
    await gone(draft);
  }
  const holder = await readFile(path, "utf8").catch(() => undefined);
  if (holder === undefined || isHeld(holder)) return false;
  // Only who holds the right to remove this very lock removes it; that right is a lock as well, for its holder may die too.
  const right = `${path}.${createHash("sha256").update(holder).digest("hex").slice(0, 16)}`;
  if (await acquire(right)) {
    const present = await readFile(path, "utf8").catch(() => undefined);
    if (present === holder) await gone(path);
    await gone(right);
  }
  return false;
}

function isHeld(holder: string): boolean {
  const [pid, start] = holder.split(" ");
  return isAlive(Number(pid)) && (start === startOf(Number(pid)) || start === unknown);
}

const unknown = "?";

/** When a process began, in the system's own ticks: pids are used again. Unknown where the system doesn't tell. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold anything; the 22nd field of all is the 20th after it.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? unknown;
  } catch {
    return unknown;
  }
}

const gone = (path: string): Promise<void> =>
  unlink(path).catch((error: unknown) => {
    if (!hasCode(error, "ENOENT")) throw error;
  });

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;
