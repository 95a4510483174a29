import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

/** The environment variable by which every process of a tree is known, whatever group, session or parent it has moved to. */
export const MARKER_VARIABLE = "TUTTI_MARKER";

/** What a sweep did. `survivors` are processes that still carry the marker after the last pass (stuck in the kernel). */
export interface Sweep {
  killed: number[];
  survivors: number[];
}

/**
 * Kills every process that carries a marker, pass after pass, until none is left or `limitMs` (default 5 s) is over.
 *
 * Called when a tree ends, and by a host that starts again after a crash, for the trees the dead host left behind.
 * A marker is a path of words ("host-7/session-3/turn-1"). Only exactly this marker is swept; with `below`, also the
 * markers underneath it, so that "host-7" reaches "host-7/session-3" and never "host-77".
 * The calling process itself is never touched, and neither is what `spare` names. A marker with other characters than `A-Z a-z 0-9 _ . : / -` is a fault.
 */
export async function sweepMarker(
  marker: string,
  options: { below?: boolean; signal?: NodeJS.Signals; limitMs?: number; spare?: ReadonlySet<number> } = {},
): Promise<Sweep> {
  const { below = false, signal = "SIGKILL", limitMs = 5_000, spare } = options;
  const killed = new Set<number>();
  const deadline = performance.now() + limitMs;
  let empty = 0;
  for (;;) {
    const found = (await findMarked(marker, below)).filter((pid) => !spare?.has(pid));
    // A process that is just becoming another program shows no environment for a moment: nobody is gone at one look.
    empty = found.length === 0 ? empty + 1 : 0;
    if (empty === 2) return { killed: [...killed], survivors: [] };
    if (found.length > 0 && performance.now() >= deadline) return { killed: [...killed], survivors: found };
    for (const pid of found) {
      if (signal !== "SIGKILL" && killed.has(pid)) continue;
      sendSignal(pid, signal);
      killed.add(pid);
    }
    await pause(10);
  }
}

/** The marker, checked: a fault when it holds anything that could not be told apart in a process list. */
export function checkedMarker(marker: string): string {
  if (!/^[\w.:/-]+$/.test(marker)) throw new TypeError(`not a marker: ${JSON.stringify(marker)}`);
  return marker;
}

/** Sends a signal to a process (or, negative, to a group). A process that is gone, or not ours, is no error. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // ESRCH: it has ended. EPERM: it belongs to another user now, and nothing can be done from here.
  }
}

/** The processes that carry a marker now, without the calling one. */
export async function findMarked(marker: string, below = false): Promise<number[]> {
  const entry = `${MARKER_VARIABLE}=${checkedMarker(marker)}`;
  const pids = process.platform === "linux" ? await inProc(entry, below) : await inProcessList(entry, below);
  return pids.filter((pid) => pid !== process.pid);
}

async function inProc(entry: string, below: boolean): Promise<number[]> {
  const needles = [`\0${entry}\0`, ...(below ? [`\0${entry}/`] : [])];
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const marked = await Promise.all(
    pids.map(async (pid) => {
      try {
        const environment = `\0${await readFile(`/proc/${pid}/environ`, "latin1")}\0`;
        return needles.some((needle) => environment.includes(needle));
      } catch {
        return false; // ended meanwhile, or another user's
      }
    }),
  );
  return pids.filter((_, index) => marked[index]);
}

/** Systems without /proc: `ps` shows the environment of the caller's own processes after their command. */
async function inProcessList(entry: string, below: boolean): Promise<number[]> {
  const { stdout } = await promisify(execFile)("ps", ["-axeww", "-o", "pid=,command="], {
    maxBuffer: 256 * 1024 * 1024,
    timeout: 10_000,
  }).catch(() => ({ stdout: "" }));
  return stdout.split("\n").flatMap((line) => {
    const [pid, ...words] = line.trim().split(/\s+/);
    const marked = words.some((word) => word === entry || (below && word.startsWith(`${entry}/`)));
    return marked ? [Number(pid)] : [];
  });
}
