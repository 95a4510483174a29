import { readdir, readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { MARKER_VARIABLE, sendSignal } from "../../process/sweep.ts";
import { TOOL_VARIABLE } from "./launch.ts";

const LIMIT_MS = 5_000;

/**
 * Kills what the agent's commands left running: processes of a session that carry the variable of its commands. Codex
 * itself ends a command's process group; this reaches what has left the group. Systems without /proc are left at that.
 * Answers whether all are gone. Never rejects.
 */
export async function endToolProcesses(marker: string): Promise<boolean> {
  const deadline = performance.now() + LIMIT_MS;
  let empty = 0;
  for (;;) {
    const pids = await toolProcesses(marker);
    // A process that is just becoming another program shows no environment for a moment: nobody is gone at one look.
    empty = pids.length === 0 ? empty + 1 : 0;
    if (empty === 2) return true;
    if (pids.length > 0 && performance.now() >= deadline) return false;
    for (const pid of pids) sendSignal(pid, "SIGKILL");
    await pause(5);
  }
}

async function toolProcesses(marker: string): Promise<number[]> {
  const names = await readdir("/proc").catch(() => []);
  const found = await Promise.all(
    names
      .filter((name) => /^\d+$/.test(name))
      .map(async (pid) => {
        const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
        const entries = environment.split("\0");
        const isTool =
          entries.includes(`${MARKER_VARIABLE}=${marker}`) && entries.includes(`${TOOL_VARIABLE}=1`);
        return isTool ? [Number(pid)] : [];
      }),
  );
  return found.flat();
}
