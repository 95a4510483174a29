import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** How this very program is started again: the running Node, and the file that it was started with. */
export function ownProgram(): { command: string; args: string[] } {
  const [, main] = process.argv;
  if (main === undefined) throw new Error("this program was not started from a file");
  return { command: process.execPath, args: [...process.execArgv, main] };
}

/** The root of what is shipped: the checkout, or the folder of the built program that mirrors it. */
const shipped = join(import.meta.dirname, "../../..");

/** Folders of files that come with Tutti. */
export const shippedAgents = join(shipped, "agents");
export const shippedScenarios = join(shipped, "packages/rehearsal/scenarios");

/** The built web app: beside the built program, which in a checkout lies in dist/. */
export const shippedWeb = join(shipped, existsSync(join(shipped, "package.json")) ? "dist/web" : "web");

/** The version in the nearest package.json of Tutti itself, above what is shipped. */
export function ownVersion(): string {
  for (const folder of [shipped, join(shipped, "..")]) {
    const found = versionIn(join(folder, "package.json"));
    if (found !== undefined) return found;
  }
  return "0.0.0";
}

function versionIn(file: string): string | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(file, "utf8"));
    const { name, version } = { name: "", version: "", ...(manifest as object) };
    return name === "tutti" && typeof version === "string" ? version : undefined;
  } catch {
    return undefined;
  }
}
