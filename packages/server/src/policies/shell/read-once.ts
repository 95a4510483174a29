import { readShell, type ShellPlace } from "./read-shell.ts";
import type { ShellReading } from "./shell-command.ts";

const readings = new Map<string, ShellReading>();
const limit = 20;

/** As `readShell`; several policies ask about the same line, one after the other. */
export function readOnce(line: string, { cwd, home }: ShellPlace): ShellReading {
  const key = JSON.stringify([cwd, home, line]);
  const before = readings.get(key);
  if (before) return before;
  const reading = readShell(line, { cwd, ...(home !== undefined && { home }) });
  if (readings.size >= limit) readings.delete(readings.keys().next().value ?? "");
  readings.set(key, reading);
  return reading;
}
