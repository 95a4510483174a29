import { randomUUID } from "node:crypto";
import { access, constants, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import type { Environment, Installation } from "@tutti/core";
import { runCommand } from "./run-command.ts";

const VERSION_LIMIT_MS = 30_000;

/**
 * Finds a program by its name, in `folders` first, then on the environment's PATH, and asks it for its version
 * (`--version`). Undefined when there is none, or when it does not answer with a version. Never rejects.
 */
export async function findInstallation(
  name: string,
  environment: Environment,
  folders: readonly string[],
): Promise<Installation | undefined> {
  const onPath = (environment.PATH ?? "").split(delimiter).filter(isAbsolute);
  for (const folder of [...folders, ...onPath]) {
    const path = join(folder, name);
    if (!(await isProgram(path))) continue;
    const { output } = await runCommand({
      command: [path, "--version"],
      cwd: "/",
      env: { ...environment },
      marker: `version-${randomUUID()}`,
      timeoutMs: VERSION_LIMIT_MS,
    });
    const version = /\b\d+\.\d+\.\d+[\w.+-]*/.exec(output)?.[0];
    if (version !== undefined) return { path, version };
  }
  return undefined;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
