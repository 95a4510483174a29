import { randomUUID } from "node:crypto";
import type { OpenOptions } from "@tutti/core";
import { runCommand } from "../../process/run-command.ts";

const LIMIT_MS = 30_000;
const known = new Map<string, Promise<boolean>>();

/**
 * Whether Codex can confine commands on this machine, which some containers don't allow. Tried once per program.
 * Never rejects.
 */
export function canSandbox(
  program: string,
  options: Pick<OpenOptions, "environment" | "cwd">,
): Promise<boolean> {
  const before = known.get(program);
  if (before) return before;
  const tried = runCommand({
    command: [program, "sandbox", "-c", 'sandbox_mode="workspace-write"', "--", "/bin/sh", "-c", "exit 0"],
    cwd: options.cwd,
    env: { ...options.environment },
    marker: `sandbox-${randomUUID()}`,
    timeoutMs: LIMIT_MS,
  }).then(({ exitCode }) => exitCode === 0);
  known.set(program, tried);
  return tried;
}
