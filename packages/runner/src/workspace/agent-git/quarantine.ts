import { randomUUID } from "node:crypto";
import { chmod, lstat, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Workspace } from "../snapshot.ts";
import { fingerprint } from "./fingerprint.ts";
import { bytesOf, findNested, type Nested, textOf } from "./nested.ts";
import { type OpenFolder, openBelow } from "./strict-read.ts";

/** Nested repositories that were there before any agent, by path: what they would start. */
export type KnownNested = ReadonlyMap<string, string>;

/** Something that was moved out of the worktree. */
export interface Quarantined {
  kind: Nested["kind"];
  /** From the worktree's root. */
  path: string;
  /** Where it lies now, whole but for its name and that of its HEAD, so that git finds no repository there either. */
  to: string;
}

export interface QuarantineResult {
  quarantined: Quarantined[];
  /** What is still there because the file system would not let it go: the worktree must not be opened by a person, or by Tutti's git. */
  stuck: { path: string; reason: string }[];
}

/**
 * Notes which nested repositories a worktree has before an agent works in it: those of the base, and those that set-up has made. Called
 * when the worktree is open and set up; replaces what was noted before.
 */
export async function noteNested(workspace: Workspace, stateFolder: string): Promise<KnownNested> {
  const { layout } = workspace;
  const known = new Map<string, string>();
  for (const nested of await findNested(layout.worktree, [stateFolder])) {
    const word = await fingerprint(layout.worktree, nested, [stateFolder]);
    if (word !== null) known.set(nested.path, word);
  }
  await mkdir(layout.agentGit, { recursive: true, mode: 0o700 });
  const draft = join(layout.agentGit, `nested-${randomUUID()}`);
  await writeFile(draft, [...known].map(([path, word]) => `${word} ${path}\0`).join(""), "latin1");
  await rename(draft, join(layout.agentGit, "nested"));
  return known;
}

/** What was noted of a worktree; undefined where nothing was. */
export async function knownNested({ layout }: Workspace): Promise<KnownNested | undefined> {
  const text = await readFile(join(layout.agentGit, "nested"), "latin1").catch(() => undefined);
  if (text === undefined) return undefined;
  const lines = text.split("\0").filter((line) => line !== "");
  return new Map(lines.map((line) => [line.slice(line.indexOf(" ") + 1), line.slice(0, line.indexOf(" "))]));
}

/**
 * Moves every nested repository that is new, or that would start something else than before, out of the worktree. Called after every
 * turn, before anything of the user's or of Tutti's runs git there.
 *
 * A folder that is nothing but a repository moves whole; of a folder that holds other things too, what makes it one. Nothing is followed
 * on the way, and nothing is deleted.
 */
export async function quarantineNested(
  workspace: Workspace,
  stateFolder: string,
  known: KnownNested,
): Promise<QuarantineResult> {
  const { worktree, quarantine } = workspace.layout;
  const result: QuarantineResult = { quarantined: [], stuck: [] };
  for (const nested of await findNested(worktree, [stateFolder])) {
    const word = known.get(nested.path);
    if (word !== undefined && word === (await fingerprint(worktree, nested, [stateFolder]))) continue;
    const path = textOf(nested.path);
    try {
      const to = await moveAway(worktree, nested, quarantine);
      if (to !== undefined) result.quarantined.push({ kind: nested.kind, path, to });
    } catch (cause) {
      result.stuck.push({ path, reason: cause instanceof Error ? cause.message : String(cause) });
    }
  }
  return result;
}

/** What a folder may hold and still be nothing but a repository. */
const REPOSITORY_ENTRY =
  /^(HEAD|[A-Z]+_(HEAD|MSG|EDITMSG|MODE)|config(\.worktree)?|description|hooks|info|objects|refs|packed-refs|branches|logs|index|commondir|gitdir|locked|worktrees|modules|shallow|lfs|gc\.pid|.*\.lock)$/;

/** Answers where it is now; undefined when it is no longer there, such as when it went with an outer one. */
async function moveAway(worktree: string, nested: Nested, quarantine: string): Promise<string | undefined> {
  const parts = bytesOf(nested.path);
  const name = parts.pop() ?? Buffer.alloc(0);
  const place = join(quarantine, randomUUID());
  const to = join(place, name.toString().replace(/^\./, "dot-"));
  const parent = await openBelow(worktree, parts);
  if (parent === undefined) return undefined;
  try {
    await mkdir(place, { recursive: true, mode: 0o700 });
    const mixed = nested.kind === "bare-repository" ? await openMixed(parent.entry(name)) : undefined;
    try {
      if (mixed) await mkdir(to);
      const isMoved = mixed ? await moveParts(mixed, to) : await move(parent, name, to);
      if (!isMoved) return undefined;
    } finally {
      await mixed?.close();
    }
  } finally {
    await parent.close();
  }
  if ((await lstat(to)).isDirectory())
    await rename(join(to, "HEAD"), join(to, "HEAD.quarantined")).catch(() => {});
  return to;
}

/** The folder, when it holds more than a repository does. */
async function openMixed(path: string | Buffer): Promise<OpenFolder | undefined> {
  const folder = await openBelow(path, []);
  if (folder && (await readdir(folder.path)).some((entry) => !REPOSITORY_ENTRY.test(entry))) return folder;
  await folder?.close();
  return undefined;
}

async function moveParts(folder: OpenFolder, to: string): Promise<boolean> {
  const entries = (await readdir(folder.path)).filter((entry) => REPOSITORY_ENTRY.test(entry));
  for (const entry of entries) await move(folder, entry, join(to, entry));
  return entries.length > 0;
}

async function move(parent: OpenFolder, name: string | Buffer, to: string): Promise<boolean> {
  const from = parent.entry(name);
  try {
    await rename(from, to);
    return true;
  } catch (cause) {
    if (isCode(cause, "ENOENT")) return false;
    if (!isCode(cause, "EACCES", "EPERM")) throw cause;
  }
  // Permissions of an agent's making: a folder must be writable to leave, and so must the one that it leaves.
  await chmod(parent.path, 0o700);
  const folder = await openBelow(from, []).catch(() => undefined);
  if (folder) await chmod(folder.path, 0o700).finally(folder.close);
  await rename(from, to);
  return true;
}

function isCode(cause: unknown, ...codes: string[]): boolean {
  return cause instanceof Error && "code" in cause && codes.includes(String(cause.code));
}
