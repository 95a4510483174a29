import assert from "node:assert/strict";
import { readdir, readFile, stat, watch } from "node:fs/promises";
import { dirname } from "node:path";
import { MARKER_VARIABLE } from "../../process/sweep.ts";

interface MarkedProcess {
  pid: number;
  parent: number;
}

/** The living processes that carry a marker. Reads /proc: the suite plays on Linux. */
export async function marked(marker: string): Promise<MarkedProcess[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid): Promise<MarkedProcess[]> => {
      try {
        const environment = `\0${await readFile(`/proc/${pid}/environ`, "latin1")}\0`;
        if (!environment.includes(`\0${MARKER_VARIABLE}=${marker}\0`)) return [];
        const { state, parent } = await status(pid);
        return state === "Z" ? [] : [{ pid: Number(pid), parent }];
      } catch {
        return []; // ended meanwhile
      }
    }),
  );
  return found.flat();
}

/**
 * The id, as this machine counts, of the marked process that knows itself by `pid`: a harness's sandbox may count anew.
 */
export async function onThisMachine(marker: string, pid: number): Promise<number> {
  for (const { pid: candidate } of await marked(marker)) {
    const ids = /^NSpid:\s+(.+)$/m.exec(await readFile(`/proc/${candidate}/status`, "utf8").catch(() => ""))?.[1];
    if (Number(ids?.split(/\s+/).at(-1)) === pid) return candidate;
  }
  throw new Error(`no process of ${marker} knows itself by ${pid}`);
}

/** Whether a process lives. */
export async function lives(pid: number): Promise<boolean> {
  try {
    return (await status(String(pid))).state !== "Z";
  } catch {
    return false;
  }
}

async function status(pid: string): Promise<{ state: string; parent: number }> {
  const line = await readFile(`/proc/${pid}/stat`, "utf8");
  const [state = "", parent = ""] = line.slice(line.lastIndexOf(")") + 2).split(" ");
  return { state, parent: Number(parent) };
}

/** Kills the program of a session, and nothing that it started, as a crash would. */
export async function crash(marker: string): Promise<void> {
  const roots = (await marked(marker)).filter(({ parent }) => parent === process.pid);
  assert.ok(roots.length > 0, "the session has a process");
  for (const { pid } of roots) process.kill(pid, "SIGKILL");
}

/** Resolves with a file's text when the file is there. */
export async function appeared(path: string): Promise<string> {
  const stop = new AbortController();
  const changes = watch(dirname(path), { signal: stop.signal });
  try {
    // The first step of the iteration starts the watch; what is there by then is seen by the look that follows it.
    const iterator = changes[Symbol.asyncIterator]();
    let next = iterator.next();
    for (;;) {
      if (await there(path)) return await readFile(path, "utf8");
      await next;
      next = iterator.next();
    }
  } finally {
    stop.abort();
  }
}

export function there(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
