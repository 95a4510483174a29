import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const heartbeat = 2_000;
/** A holder that has not touched its lock for so long is gone, whatever its process number now names. */
const abandonedAfter = 60_000;

/**
 * Runs `work` while no other process holds the lock file `path`; waits for its turn as long as the holder lives.
 * A holder that died leaves a file that the next comer takes away. The folder is made when missing.
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, work) {
  mkdirSync(dirname(path), { recursive: true });
  while (!tryLock(path)) {
    if (isAbandoned(path)) takeAway(path);
    else await delay(100);
  }
  const timer = setInterval(() => touch(path), heartbeat);
  timer.unref();
  try {
    return await work();
  } finally {
    clearInterval(timer);
    rmSync(path, { force: true });
  }
}

/** Links a finished file into place, so that a lock is never seen without its holder's process number. */
function tryLock(path) {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, String(process.pid));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function isAbandoned(path) {
  try {
    if (Date.now() - statSync(path).mtimeMs > abandonedAfter) return true;
    process.kill(Number(readFileSync(path, "utf8")), 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}

/** Renames before removing: of several comers only one gets the file. */
function takeAway(path) {
  const aside = `${path}.abandoned.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  rmSync(aside, { force: true });
}

function touch(path) {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // The lock was taken away while this process slept: the work goes on, as it would without a lock.
  }
}
