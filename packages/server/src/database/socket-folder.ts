import { createHash } from "node:crypto";
import { chown, lstat, mkdir, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Account } from "./account.ts";

/** The port only names the socket's file: PostgreSQL listens on no network address. */
export const SOCKET_PORT = 5432;
const SOCKET_FILE = `.s.PGSQL.${SOCKET_PORT}`;

/** The longest path of a unix socket, in bytes, on every system Tutti runs on (macOS: 104 with the closing zero). */
const LONGEST_SOCKET_PATH = 103;

/**
 * The folder for the database's socket, made when it is missing: mode 0700, owned by the user PostgreSQL runs as.
 * It lies in `runtimeDir` (such as `$XDG_RUNTIME_DIR`) when that is a folder of ours and short enough for a socket's
 * path, else in the system's temporary folder under a name made from `home`, the folder the database lives in.
 * A database that runs as another user keeps it in its home, where that user can enter.
 *
 * Throws when a folder of that name is somebody else's or open to others: whoever made it could pose as the database.
 */
export async function socketFolder(
  home: string,
  account: Account,
  runtimeDir: string | undefined,
): Promise<string> {
  const name = `tutti-${createHash("sha256").update(home).digest("hex").slice(0, 12)}`;
  const candidates = [path.join(tmpdir(), name), path.join("/tmp", name)];
  if (account.kind === "user") candidates.unshift(path.join(home, "socket"));
  else if (runtimeDir !== undefined && (await isOurFolder(runtimeDir)))
    candidates.unshift(path.join(runtimeDir, name));
  const fitting = candidates.filter(
    (folder) => Buffer.byteLength(path.join(folder, SOCKET_FILE)) <= LONGEST_SOCKET_PATH,
  );
  let cause: unknown;
  for (const folder of fitting) {
    try {
      await mkdir(folder, { mode: 0o700 });
      if (account.kind === "user") await chown(folder, account.uid, account.gid);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) {
        cause = error;
        continue;
      }
    }
    await refuseForeignFolder(folder, account);
    return folder;
  }
  throw new Error(`No folder can hold the database's socket; tried ${candidates.join(", ")}.`, { cause });
}

/** Throws unless `folder` is a folder (no link) of the user PostgreSQL runs as, closed to everybody else. */
export async function refuseForeignFolder(folder: string, account: Account): Promise<void> {
  const found = await lstat(folder);
  const owner = account.kind === "user" ? account.uid : process.getuid?.();
  if (found.isDirectory() && found.uid === owner && (found.mode & 0o077) === 0) return;
  throw new Error(
    `${folder} must be a folder of uid ${owner} with mode 0700 to hold the database's socket, and it is not. ` +
      "See who made it, remove it, and start again.",
  );
}

async function isOurFolder(folder: string): Promise<boolean> {
  if (!path.isAbsolute(folder)) return false;
  const found = await stat(folder).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === process.getuid?.();
}
