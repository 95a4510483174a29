import { createHash, type Hash } from "node:crypto";
import { lstat, readdir } from "node:fs/promises";
import { dirname, resolve, sep } from "node:path";
import { type Nested, pathOf } from "./nested.ts";
import { readPlain } from "./strict-read.ts";

const SETTINGS_BYTES = 256 * 1024;
const MAX_ENTRIES = 2_000;

/** Where a repository keeps what it has, not what it does. */
const CONTENT = new Set(["objects", "refs", "logs", "lfs"]);
const INCLUDES = /^\s*\[\s*include/im;
const SETTINGS = new Set(["config", "config.worktree", "commondir", "gitdir"]);

/**
 * What of a nested repository decides what git would start there, as one word: config, hooks, and where it says that it lies. Two with the
 * same word start the same. null: it cannot be said, or it depends on files that an agent can write to (`writable`), so nothing vouches for it.
 */
export async function fingerprint(
  worktree: string,
  { kind, path }: Nested,
  writable: readonly string[],
): Promise<string | null> {
  if (kind === "link-out" || kind === "unreadable") return null;
  const entry = pathOf(worktree, path);
  const hash = createHash("sha256").update(`${kind}\0`);
  try {
    const stats = await lstat(entry);
    if (stats.isDirectory()) return (await addFolder(hash, entry)) ? hash.digest("hex") : null;
    const text = await readPlain(entry, path, SETTINGS_BYTES);
    const [, target] = /^gitdir: (.+?)\n?$/s.exec(text ?? "") ?? [];
    if (target === undefined) return null;
    const place = resolve(dirname(entry.toString()), target);
    const isIn = (folder: string) => place === folder || place.startsWith(folder + sep);
    return [worktree, ...writable].some(isIn) ? null : hash.update(target).digest("hex");
  } catch {
    return null; // gone meanwhile, or not to be read: nothing can be said of it
  }
}

async function addFolder(hash: Hash, root: Buffer): Promise<boolean> {
  const folders = [{ path: "", isHooks: false }];
  let count = 0;
  for (let at = 0; at < folders.length; at += 1) {
    const { path, isHooks } = folders[at] ?? { path: "", isHooks: false };
    const entries = await readdir(Buffer.concat([root, Buffer.from(`/${path}`, "latin1")]), {
      withFileTypes: true,
      encoding: "buffer",
    });
    count += entries.length;
    if (count > MAX_ENTRIES) return false;
    for (const entry of entries.sort((one, other) => Buffer.compare(one.name, other.name))) {
      const name = entry.name.toString("latin1");
      const inner = path === "" ? name : `${path}/${name}`;
      if (entry.isDirectory()) {
        if (!CONTENT.has(name)) folders.push({ path: inner, isHooks: isHooks || name === "hooks" });
      } else if (isHooks || SETTINGS.has(name)) {
        const text = await readPlain(
          Buffer.concat([root, Buffer.from(`/${inner}`, "latin1")]),
          inner,
          SETTINGS_BYTES,
        );
        if (text === undefined || (!isHooks && INCLUDES.test(text))) return false;
        hash.update(`${inner}\0${text}\0`);
      } else if (entry.isSymbolicLink()) return false;
    }
  }
  return true;
}
