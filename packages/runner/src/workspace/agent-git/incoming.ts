import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GitFault, type GitPlace, git, gitFields, gitSays, storeAt } from "../git.ts";
import type { AgentGit } from "./agent-git.ts";
import { gitInside, type Inside } from "./inside.ts";
import { alternatesLine } from "./object-folders.ts";

/** Why commits of an agent's were not taken over. Nothing of the user's has changed. */
export interface Unfit {
  reason: "bad-objects" | "too-large" | "nested-repository" | "moved-head" | "both-moved";
  detail: string;
  /** The paths that it is about. */
  paths: string[];
}

export interface Expected {
  commit: string;
  /** Must be an ancestor of `commit`. */
  base: string;
  /** Another one that must be, when the user has committed too; else null. */
  user: string | null;
  /** Commits and tags that the user's repository has for certain. */
  known: readonly string[];
  maxPackBytes: number;
  limitMs: number;
}

interface CallOptions {
  env: Record<string, string>;
  limitMs: number;
}

/** One allocation of git's may take this much: what a small pack can unfold to in memory has an end. */
const ALLOCATION_LIMIT = "1g";

/**
 * Brings a commit of the agent's, with everything it needs, into a folder beside the user's objects, examines it there, and only when it
 * is fit lets `accept` have it in the user's object store. The pack is made inside; outside every object is hashed anew.
 */
export async function withIncoming<T>(
  agentGit: AgentGit,
  inside: Inside,
  expected: Expected,
  accept: () => Promise<T>,
): Promise<{ kind: "accepted"; value: T } | { kind: "unfit"; unfit: Unfit }> {
  const { commonDir } = agentGit.workspace.repository;
  const objects = join(commonDir, "objects");
  // git's own name for what is on its way in: git prunes what a dead process leaves under it.
  const folder = join(objects, `tmp_objdir-incoming-${randomUUID()}`);
  const store = storeAt(commonDir);
  const env = { GIT_OBJECT_DIRECTORY: folder };
  try {
    await mkdir(join(folder, "info"), { recursive: true });
    await mkdir(join(folder, "pack"));
    await writeFile(join(folder, "info", "alternates"), alternatesLine(objects));
    const unfit =
      (await receive(agentGit, inside, expected, store, env)) ?? (await examine(store, expected, env));
    if (unfit) return { kind: "unfit", unfit };
    await keep(folder, objects);
    return { kind: "accepted", value: await accept() };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function receive(
  { gitDir, workspace }: AgentGit,
  inside: Inside,
  expected: Expected,
  store: GitPlace,
  env: Record<string, string>,
): Promise<Unfit | undefined> {
  const pack = ["pack-objects", "--revs", "--thin", "--stdout", "--quiet", "--delta-base-offset"];
  const child = await inside(gitInside(gitDir, workspace.layout.worktree, pack));
  const timer = setTimeout(() => void child.kill(), expected.limitMs);
  try {
    child.stdin.on("error", () => {}); // it ended without reading: the pack is cut short, and refused
    child.stdin.end(revisions(expected));
    const index = [
      "index-pack",
      "--stdin",
      "--fix-thin",
      "--strict",
      `--max-input-size=${expected.maxPackBytes}`,
    ];
    const { exitCode, stderr } = await git(store, index, {
      env: { ...env, GIT_ALLOC_LIMIT: ALLOCATION_LIMIT },
      input: child.stdout,
      limitMs: expected.limitMs,
      accept: [0, 1, 128],
    });
    if (exitCode !== 0) {
      const isLarge = /exceeds maximum allowed size|attempting to allocate/.test(stderr);
      const why = child.stderrTail().trim() || stderr.trim();
      return isLarge
        ? unfitAs(
            "too-large",
            `the agent's new commits are too large: more than ${expected.maxPackBytes} bytes, or one file unfolds beyond ${ALLOCATION_LIMIT}`,
          )
        : unfitAs("bad-objects", `the agent's new commits could not be taken over: ${firstLines(why)}`);
    }
    const { code } = await child.exited;
    return code === 0
      ? undefined
      : unfitAs("bad-objects", `packing the agent's commits failed: ${firstLines(child.stderrTail())}`);
  } catch (cause) {
    if (!(cause instanceof GitFault)) throw cause;
    return unfitAs(
      "bad-objects",
      `the agent's new commits could not be taken over: ${firstLines(cause.message)}`,
    );
  } finally {
    clearTimeout(timer);
    await child.kill();
  }
}

/** What the commit must be, beyond being made of sound objects. */
async function examine(
  store: GitPlace,
  expected: Expected,
  env: Record<string, string>,
): Promise<Unfit | undefined> {
  try {
    return await flaw(store, expected, { env, limitMs: expected.limitMs });
  } catch (cause) {
    if (!(cause instanceof GitFault)) throw cause;
    return unfitAs(
      "bad-objects",
      `the agent's new commits could not be examined: ${firstLines(cause.message)}`,
    );
  }
}

async function flaw(store: GitPlace, expected: Expected, options: CallOptions): Promise<Unfit | undefined> {
  const { commit, base, user } = expected;
  const commits = await newCommits(store, expected, options);
  if (commits === undefined)
    return unfitAs("bad-objects", `${commit} is not complete: something that it needs is missing`);
  const contains = (ancestor: string | null) =>
    ancestor === null || gitSays(store, ["merge-base", "--is-ancestor", ancestor, commit], options);
  const [hasBase, hasUser, links] = await Promise.all([
    contains(base),
    contains(user),
    newLinks(store, expected, commits, options),
  ]);
  if (!hasBase) return unfitAs("moved-head", `${commit} is not built on ${base}`);
  if (!hasUser) return unfitAs("both-moved", `${commit} is not built on ${user}`);
  if (links.length === 0) return undefined;
  const detail =
    "the agent committed git repositories of their own, whose files cannot become part of the change";
  return { reason: "nested-repository", detail, paths: links };
}

/**
 * The commits that are not known, once everything that they need is seen to be there; undefined when something is missing, or when the
 * commit is none.
 */
async function newCommits(
  store: GitPlace,
  expected: Expected,
  options: CallOptions,
): Promise<string[] | undefined> {
  const { exitCode, stdout } = await git(store, ["rev-list", "--objects", "--stdin"], {
    ...options,
    input: revisions(expected),
    accept: [0, 1, 128],
  });
  // Files and folders stand there with a path, be it an empty one.
  return exitCode === 0 ? stdout.split("\n").filter((line) => line !== "" && !line.includes(" ")) : undefined;
}

/** Paths of links to other repositories that any of the new commits brings and `base` does not have. */
async function newLinks(
  store: GitPlace,
  expected: Expected,
  commits: readonly string[],
  options: CallOptions,
): Promise<string[]> {
  if (commits.length === 0) return [];
  // A merge is held against all its parents: what one of them has, the user's repository has already, or its own commit is seen.
  const diff = [
    "diff-tree",
    "--stdin",
    "-r",
    "-c",
    "--root",
    "--no-commit-id",
    "--raw",
    "-z",
    "--no-renames",
    "--no-abbrev",
  ];
  const fields = await gitFields(store, [...diff, "--ignore-submodules=none"], {
    ...options,
    input: `${commits.join("\n")}\n`,
  });
  const brought: { path: string; object: string }[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [colons = ""] = /^:+/.exec(fields[at] ?? "") ?? [];
    const words = (fields[at] ?? "").slice(colons.length).split(" ");
    const parents = colons.length;
    if (words[parents] === "160000")
      brought.push({ path: fields[at + 1] ?? "", object: words[2 * parents + 1] ?? "" });
  }
  if (brought.length === 0) return [];
  const known = new Set(
    (await gitFields(store, ["ls-tree", "-r", "-z", expected.base], options))
      .filter((entry) => entry.startsWith("160000 "))
      .map((entry) => entry.slice("160000 commit ".length)),
  );
  const strange = brought.filter(({ path, object }) => !known.has(`${object}\t${path}`));
  return [...new Set(strange.map(({ path }) => path))].sort();
}

/** Moves the packs over. A pack is there for git once its index is, so that comes last. */
async function keep(folder: string, objects: string): Promise<void> {
  const names = await readdir(join(folder, "pack"));
  const order = (name: string) => (name.endsWith(".idx") ? 1 : 0);
  for (const name of names.sort((one, other) => order(one) - order(other))) {
    if (!name.startsWith("pack-")) continue;
    const to = join(objects, "pack", name);
    if ((await stat(to).catch(() => undefined)) === undefined) await rename(join(folder, "pack", name), to);
  }
}

function revisions({ commit, base, known }: Expected): string {
  return `${[`${commit}^{commit}`, `^${base}`, ...known.map((object) => `^${object}`)].join("\n")}\n`;
}

function unfitAs(reason: Unfit["reason"], detail: string): Unfit {
  return { reason, detail, paths: [] };
}

function firstLines(text: string): string {
  return text.trim().split("\n").slice(0, 3).join("; ").slice(0, 600);
}
