import { randomUUID } from "node:crypto";
import { lstat, mkdir, rm } from "node:fs/promises";
import { join, posix } from "node:path";
import { type GitPlace, git, gitFields, gitLine } from "./git.ts";
import type { Layout } from "./layout.ts";
import { type Repository, refCommit } from "./repository.ts";

/** An open worktree of a task, found again. */
export interface Workspace {
  repository: Repository;
  layout: Layout;
  gitDir: string;
  /** git in the worktree, by the repository's own record of it. */
  place: GitPlace;
}

export type Snapshot =
  | { kind: "content"; tree: string }
  /** Repositories inside the worktree that `base` does not have: their files belong to no tree of this repository. */
  | { kind: "nested"; paths: string[] };

/**
 * The worktree's whole content as a tree: what is committed, staged, changed and untracked alike, by the project's ignore rules;
 * an ignored file belongs to it where HEAD has it. Every file is read anew through a temporary index that starts at `base`;
 * the worktree's own index is neither read nor touched.
 */
export async function snapshotWorktree(workspace: Workspace, base: string): Promise<Snapshot> {
  const { layout, place } = workspace;
  await mkdir(layout.scratch, { recursive: true });
  const index = join(layout.scratch, `index-${randomUUID()}`);
  const env = { GIT_INDEX_FILE: index };
  try {
    await git(place, ["read-tree", base], { env });
    const strangers = await gitFields(place, ["ls-files", "--others", "--exclude-standard", "-z"], { env });
    // Of untracked folders git names only those that it will not look into.
    const untracked = strangers.filter((path) => path.endsWith("/"));
    if (untracked.length > 0) return { kind: "nested", paths: untracked.map((path) => path.slice(0, -1)) };
    await git(place, ["-c", "core.sparseCheckout=false", "add", "--all", "--", "."], { env });
    const forced = await committedThoughIgnored(workspace, base, env);
    if (forced.length > 0) {
      await git(place, ["update-index", "--add", "-z", "--stdin"], { env, input: `${forced.join("\0")}\0` });
    }
    const nested = await nestedRepositories(workspace, base, env);
    if (nested.length > 0) return { kind: "nested", paths: nested };
    return { kind: "content", tree: await gitLine(place, ["write-tree"], { env }) };
  } finally {
    await rm(index, { force: true });
    await rm(`${index}.lock`, { force: true });
  }
}

/** Files that are there and that HEAD has beyond `base`, but that the ignore rules kept out of the index. */
async function committedThoughIgnored(
  { layout, place }: Workspace,
  base: string,
  env: Record<string, string>,
): Promise<string[]> {
  const head = await refCommit(place, "HEAD");
  if (head === undefined) return [];
  const diff = ["diff-tree", "-r", "--no-renames", "--diff-filter=A", "--name-only", "-z", base, head];
  const added = await gitFields(place, diff);
  if (added.length === 0) return [];
  const indexed = new Set(await gitFields(place, ["ls-files", "-z"], { env }));
  const forced: string[] = [];
  for (const path of added.filter((path) => !indexed.has(path))) {
    const there = await lstat(join(layout.worktree, path)).catch(() => undefined);
    if (there?.isFile() || there?.isSymbolicLink()) forced.push(path);
  }
  return forced;
}

/** Git links that `base` does not have, and folders of the tree that have become repositories. */
async function nestedRepositories(
  workspace: Workspace,
  base: string,
  env: Record<string, string>,
): Promise<string[]> {
  const { layout, place } = workspace;
  const known = new Set(
    (await gitFields(place, ["ls-tree", "-r", "-z", base])).map(linkOf).filter((link) => link !== undefined),
  );
  const entries = await gitFields(place, ["ls-files", "--stage", "-z"], { env });
  const links = entries.map(linkOf).filter((link) => link !== undefined && !known.has(link));
  const folders = new Set<string>();
  for (const entry of entries) {
    if (entry.startsWith("160000")) continue;
    for (
      let folder = posix.dirname(pathOf(entry));
      folder !== "." && !folders.has(folder);
      folder = posix.dirname(folder)
    ) {
      folders.add(folder);
    }
  }
  const found = links.map((link) => link?.slice(link.indexOf("\t") + 1) ?? "");
  for (const folder of folders) {
    if (await lstat(join(layout.worktree, folder, ".git")).catch(() => undefined)) found.push(folder);
  }
  return found.sort();
}

/** "sha TAB path" of a git link, from a line of ls-tree or ls-files. */
function linkOf(line: string): string | undefined {
  if (!line.startsWith("160000")) return undefined;
  const object = /[0-9a-f]{40,64}/.exec(line)?.[0];
  return `${object}\t${pathOf(line)}`;
}

function pathOf(line: string): string {
  return line.slice(line.indexOf("\t") + 1);
}
