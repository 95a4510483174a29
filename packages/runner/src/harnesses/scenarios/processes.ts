import assert from "node:assert/strict";
import { readdir, readFile, stat, watch } from "node:fs/promises";
import { dirname, join } from "node:path";
import { findMarked } from "../../process/sweep.ts";

interface MarkedProcess {
  pid: number;
  parent: number;
}

/** The living processes that carry a marker, or one below it. Reads /proc: the suite plays on Linux. */
export async function marked(marker: string): Promise<MarkedProcess[]> {
  const found = await Promise.all(
    (await findMarked(marker, true)).map(async (pid): Promise<MarkedProcess[]> => {
      try {
        const { state, parent } = await status(String(pid));
        return state === "Z" ? [] : [{ pid, parent }];
      } catch {
        return []; // ended meanwhile
      }
    }),
  );
  return found.flat();
}

/** What the kernel is just doing (becoming another program, dying) shows after a moment; it is looked for this often. */
const LOOKS = 500;

/**
 * The id, as this machine counts, of the marked process that knows itself by `pid`: a harness's sandbox may count anew.
 */
export async function onThisMachine(marker: string, pid: number): Promise<number> {
  for (let look = 0; look < LOOKS; look++) {
    for (const { pid: candidate } of await marked(marker)) {
      const text = await readFile(`/proc/${candidate}/status`, "utf8").catch(() => "");
      const ids = /^NSpid:\s+(.+)$/m.exec(text)?.[1];
      if (Number(ids?.split(/\s+/).at(-1)) === pid) return candidate;
    }
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

/** Whether a process is gone. One that was killed may still be dying. */
export async function gone(pid: number): Promise<boolean> {
  for (let look = 0; look < LOOKS; look++) {
    if (!(await lives(pid))) return true;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  return false;
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

/** Resolves when some JSON lines below a folder hold a text: a harness has written it into its history. */
export async function writtenDown(folder: string, text: string): Promise<void> {
  for (;;)
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []))
      if (entry.isFile() && entry.name.endsWith(".jsonl")) {
        const history = await readFile(join(entry.parentPath, entry.name), "utf8").catch(() => "");
        if (history.includes(text)) return;
      }
}

export function there(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
