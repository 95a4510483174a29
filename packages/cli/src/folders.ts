import { createHash } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import type { Environment } from "@tutti/core";
import envPaths from "env-paths";
import { badInput } from "./failure.ts";

/** Everything that Tutti writes on this machine beside worktrees' refs lies in one of these. Absolute. */
export interface Folders {
  /** Database, logs, worktrees, tokens. Mode 0700. */
  state: string;
  /** The person's own: `agents/*.yaml`. Never written by Tutti. */
  config: string;
  /** Sockets: so short that the path of a file below it stays under 100 bytes. Mode 0700. */
  runtime: string;
}

/** Room that the names of sockets below the runtime folder need, in bytes. */
const socketNames = 40;
const longestSocketPath = 100;

/**
 * Names the folders: all under `$TUTTI_HOME` when it is set, else the system's own places for them (XDG).
 * Throws a `Failure` when `$TUTTI_HOME` is not absolute. Makes nothing.
 */
export function foldersOf(environment: Environment): Folders {
  const home = environment.TUTTI_HOME;
  if (home) {
    if (!isAbsolute(home)) throw badInput(`TUTTI_HOME is ${home}: set it to an absolute path`);
    const root = resolve(home);
    const state = join(root, "state");
    return { state, config: join(root, "config"), runtime: shortOr(join(root, "run"), state) };
  }
  const { data, config } = envPaths("tutti", { suffix: "" });
  const shared = environment.XDG_RUNTIME_DIR;
  const own = shared && isAbsolute(shared) && isOwn(shared) ? join(shared, "tutti") : undefined;
  return { state: data, config, runtime: shortOr(own, data) };
}

/** Makes state and runtime folder for this user alone. Throws when a folder is somebody else's. */
export function makeFolders({ state, runtime }: Folders): void {
  for (const folder of [state, runtime]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const found = lstatSync(folder);
    if (!found.isDirectory() || found.uid !== process.getuid?.())
      throw badInput(`${folder} must be a folder of yours: see who made it and remove it, or set TUTTI_HOME`);
    if ((found.mode & 0o077) !== 0) chmodSync(folder, 0o700);
  }
}

/** The wanted folder when sockets fit below it, else one in the temporary folder that is named by a hash of the state folder. */
function shortOr(wanted: string | undefined, state: string): string {
  const fits = (folder: string) => Buffer.byteLength(folder) + socketNames <= longestSocketPath;
  if (wanted !== undefined && fits(wanted)) return wanted;
  const name = `tutti-run-${createHash("sha256").update(state).digest("hex").slice(0, 12)}`;
  const temporary = join(tmpdir(), name);
  return fits(temporary) ? temporary : join("/tmp", name);
}

function isOwn(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === process.getuid?.();
}
