import { type Dirent, readdirSync } from "node:fs";
import { chmod, readdir, readlink, realpath } from "node:fs/promises";
import { dirname, posix, resolve, sep } from "node:path";
import { setImmediate as breathe } from "node:timers/promises";
import { openBelow } from "./strict-read.ts";

/**
 * Something inside a worktree that makes git, called by the user in that folder or above it, read settings from there: an entry `.git`, a
 * folder that itself is a repository, a symbolic link to a place beside the worktree that an agent can write to, or a folder that cannot
 * be looked into.
 */
export interface Nested {
  kind: "git-entry" | "bare-repository" | "link-out" | "unreadable";
  /** From the worktree's root. One character for each byte of the name ("latin1"), since a name need not be text. */
  path: string;
}

/** How long the event loop is held at a time. */
const SLICE_MS = 8;

/**
 * Finds every nested repository of a worktree, outer ones before inner ones. Symbolic links are not followed. `others` are the folders
 * outside the worktree in which an agent may have put a repository to link to.
 */
export async function findNested(worktree: string, others: readonly string[]): Promise<Nested[]> {
  const found: Nested[] = [];
  const links: string[] = [];
  // Breadth first: outer ones come first.
  const folders = [""];
  let since = performance.now();
  for (let at = 0; at < folders.length; at += 1) {
    const folder = folders[at] ?? "";
    const entries = await entriesOf(worktree, folder);
    if (entries === "gone") continue;
    if (entries === "unreadable") {
      found.push({ kind: "unreadable", path: folder });
      continue;
    }
    const names = new Set<string>();
    for (const entry of entries) {
      const name = entry.name.toString("latin1");
      const path = folder === "" ? name : `${folder}/${name}`;
      if (folder !== "") {
        if (isGitName(name)) found.push({ kind: "git-entry", path });
        if (PARTS.has(name)) names.add(name);
      }
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isSymbolicLink()) links.push(path);
    }
    const isRepository =
      names.has("HEAD") && (names.has("commondir") || (names.has("objects") && names.has("refs")));
    if (isRepository && !isGitName(posix.basename(folder)))
      found.push({ kind: "bare-repository", path: folder });
    if (performance.now() - since > SLICE_MS) {
      await breathe();
      since = performance.now();
    }
  }
  for (const path of links) {
    if (await leadsOut(worktree, path, others)) found.push({ kind: "link-out", path });
  }
  return found;
}

/** What git asks of a folder before it takes it for a repository. */
const PARTS = new Set(["HEAD", "objects", "refs", "commondir"]);

/** The name under which git looks for a repository, however a file system without cases spells it. */
function isGitName(name: string): boolean {
  return name.length === 4 && name.toLowerCase() === ".git";
}

async function entriesOf(
  worktree: string,
  folder: string,
): Promise<Dirent<Buffer>[] | "gone" | "unreadable"> {
  const path = pathOf(worktree, folder);
  const options = { withFileTypes: true, encoding: "buffer" } as const;
  try {
    // At once: a walk that waits for a thread at every folder takes three times as long.
    return readdirSync(path, options);
  } catch (cause) {
    if (isCode(cause, "ENOENT", "ENOTDIR")) return "gone";
    if (!isCode(cause, "EACCES")) return "unreadable";
  }
  try {
    const opened = await openBelow(worktree, bytesOf(folder));
    if (opened === undefined) return "gone";
    try {
      await chmod(opened.path, 0o700);
      return await readdir(Buffer.from(opened.path), options);
    } finally {
      await opened.close();
    }
  } catch {
    return "unreadable";
  }
}

async function leadsOut(worktree: string, path: string, others: readonly string[]): Promise<boolean> {
  const link = pathOf(worktree, path);
  const real = await realpath(link).catch(async () => {
    const target = await readlink(link).catch(() => "");
    return resolve(dirname(link.toString()), target);
  });
  const isIn = (folder: string) => real === folder || real.startsWith(folder + sep);
  return others.some(isIn) && !isIn(worktree);
}

/** The parts of a path of `findNested`, as bytes. */
export function bytesOf(path: string): Buffer[] {
  return path
    .split("/")
    .filter((part) => part !== "")
    .map((part) => Buffer.from(part, "latin1"));
}

/** A path of `findNested` as text for a person. */
export function textOf(path: string): string {
  return Buffer.from(path, "latin1").toString("utf8");
}

/** A path of `findNested` below the worktree, as the file system takes it. */
export function pathOf(worktree: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(`${worktree}/`), Buffer.from(path, "latin1")]);
}

function isCode(cause: unknown, ...codes: string[]): boolean {
  return cause instanceof Error && "code" in cause && codes.includes(String(cause.code));
}
