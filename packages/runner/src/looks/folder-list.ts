import type { Dirent } from "node:fs";
import { lstat, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { FolderEntry, LookAnswerOf, LookOf } from "@tutti/core";
import { insideRoot } from "./inside-root.ts";

const most = 5_000;

/** Folders first, each kind by name. */
export async function listFolder({
  root,
  path,
}: LookOf<"folder.list">): Promise<LookAnswerOf<"folder.list">> {
  const folder = await insideRoot(root, path);
  if (!(await stat(folder)).isDirectory()) throw new Error(`${path || root} is no folder`);
  const all = (await readdir(folder, { withFileTypes: true }))
    .filter(({ name }) => name !== ".git")
    .sort((a, b) => Number(b.isDirectory()) - Number(a.isDirectory()) || compare(a.name, b.name));
  const entries = await Promise.all(all.slice(0, most).map((entry) => described(folder, entry)));
  return { type: "folder.list", entries, cut: Math.max(0, all.length - most) };
}

async function described(folder: string, entry: Dirent): Promise<FolderEntry> {
  const { name } = entry;
  if (entry.isDirectory()) return { name, kind: "folder", size: null };
  if (entry.isSymbolicLink()) return { name, kind: "link", size: null };
  if (!entry.isFile()) return { name, kind: "other", size: null };
  const found = await lstat(join(folder, name)).catch(() => undefined);
  return { name, kind: "file", size: found?.size ?? null };
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
