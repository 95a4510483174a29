import { lstat, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { isWithin } from "./mounts.ts";

/** The part of the machine that every confined program sees, read only. */
export interface SystemFolders {
  folders: readonly string[];
  /** Where /bin and the like are links into /usr. */
  links: readonly { path: string; target: string }[];
  /** Below /proc: what keeps its content and takes no writes. */
  fixed: readonly string[];
  /** Below the folders and /proc: what is seen empty. */
  hidden: readonly { path: string; kind: "file" | "folder" }[];
}

/** /nix and /snap are where some systems keep their programs. */
const FOLDERS = [
  "/usr",
  "/opt",
  "/etc",
  "/nix",
  "/snap",
  "/bin",
  "/sbin",
  "/lib",
  "/lib32",
  "/lib64",
  "/libx32",
];
/** Whether every confined program sees a path as it is, but for the secrets below it: to name it would lay those open. */
export const isOfSystem = (path: string): boolean => FOLDERS.some((folder) => isWithin(path, folder));

/** What is looked through for secrets, and how deep. */
const SEARCHED = [
  { folder: "/etc", depth: 8 },
  { folder: "/opt", depth: 3 },
  { folder: "/usr/local", depth: 2 },
];
/** Keys and who may come in, whoever may read them. */
const NEVER = new Set(["/etc/ssh", "/etc/ssl/private", "/etc/sudoers", "/etc/sudoers.d"]);

const KEYS = new Set(["/proc/keys", "/proc/key-users"]);

/**
 * Looks at this machine. What is not for everybody to read is hidden: inside, a process of root's owns what root owns, and a
 * user's groups still count.
 */
export async function systemFolders(): Promise<SystemFolders> {
  const folders: string[] = [];
  const links: { path: string; target: string }[] = [];
  for (const path of FOLDERS) {
    const found = await lstat(path).catch(() => undefined);
    if (found?.isSymbolicLink()) links.push({ path, target: await readlink(path) });
    else if (found?.isDirectory()) folders.push(path);
  }
  const hidden = await Promise.all(SEARCHED.map(({ folder, depth }) => hiddenBelow(folder, depth)));
  const { fixed, closed } = await kernelFiles();
  return { folders, links, fixed, hidden: [...hidden.flat(), ...closed] };
}

/**
 * Files of the kernel below /proc belong to the machine's root, whatever root is called inside, and an owner may write them
 * without any capability: the program that a crash starts is one of them. Folders take no writes, and what is not for everybody to
 * read, or names the user's keys, is empty.
 */
async function kernelFiles(): Promise<{ fixed: string[]; closed: SystemFolders["hidden"] }> {
  const entries = await readdir("/proc", { withFileTypes: true });
  const fixed: string[] = [];
  const closed: { path: string; kind: "file" }[] = [];
  for (const entry of entries) {
    if (/^\d+$/.test(entry.name)) continue;
    const path = join("/proc", entry.name);
    if (entry.isDirectory()) fixed.push(path);
    else if (entry.isFile()) {
      const mode = (await lstat(path).catch(() => undefined))?.mode ?? 0;
      if ((mode & 0o222) !== 0 || (mode & 0o004) === 0 || KEYS.has(path)) closed.push({ path, kind: "file" });
    }
  }
  return { fixed, closed };
}

async function hiddenBelow(folder: string, depth: number): Promise<SystemFolders["hidden"]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map(async (entry): Promise<SystemFolders["hidden"]> => {
      const path = join(folder, entry.name);
      const isFolder = entry.isDirectory();
      // Somebody is listening there, read only or not.
      if (entry.isSocket() || entry.isFIFO()) return [{ path, kind: "file" }];
      if (!isFolder && !entry.isFile()) return [];
      const mode = (await lstat(path).catch(() => undefined))?.mode;
      if (mode === undefined) return [];
      const needed = isFolder ? 0o005 : 0o004;
      if (NEVER.has(path) || (mode & needed) !== needed)
        return [{ path, kind: isFolder ? "folder" : "file" }];
      return isFolder && depth > 1 ? hiddenBelow(path, depth - 1) : [];
    }),
  );
  return found.flat();
}
