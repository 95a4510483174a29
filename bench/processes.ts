/** Looks at processes through /proc. Everything here throws where there is none. */
import { readdirSync, readFileSync } from "node:fs";

/** Memory that a process holds by itself or together with others, in kB; 0 when it is gone. */
export const resident = (pid: number): number => figure(`/proc/${pid}/status`, /^VmRSS:\s+(\d+)/m);

/** The same with what is shared divided among those who share it. */
export const proportional = (pid: number): number => figure(`/proc/${pid}/smaps_rollup`, /^Pss:\s+(\d+)/m);

/** Children, their children, and so on. */
export function descendants(pid: number): number[] {
  const parents = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), parent: figure(`/proc/${name}/status`, /^PPid:\s+(\d+)/m) }));
  const below = (one: number): number[] =>
    parents.filter(({ parent }) => parent === one).flatMap((child) => [child.pid, ...below(child.pid)]);
  return below(pid);
}

function figure(path: string, pattern: RegExp): number {
  try {
    return Number(pattern.exec(readFileSync(path, "utf8"))?.[1] ?? 0);
  } catch (error) {
    // It ended between two looks.
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH"))
      return 0;
    throw error;
  }
}
