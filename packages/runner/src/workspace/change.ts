import { posix } from "node:path";
import type { BoundedText, Candidate, ChangedFile } from "@tutti/core";
import { git, gitBounded, gitFields, gitLine, gitPiped, storeAt } from "./git.ts";
import type { Repository } from "./repository.ts";

/** Bytes of a diff that are kept: beyond it a person reads the branch itself. */
const DIFF_BYTES = 256 * 1024;

const DIFF = ["diff-tree", "-r", "--no-ext-diff", "--no-textconv"];

/**
 * Describes the change from `base` to `commit`. Only the two trees have a say: attributes of a checkout cannot hide a file from the diff.
 * `sources` are the paths (files or folders) that define checks; `previous` is the candidate before this one, null for a first one.
 */
export async function describeChange(
  repository: Repository,
  base: string,
  commit: string,
  sources: readonly string[],
  previous: string | null,
): Promise<Candidate> {
  const [tree, files, diff, id, links, changedSince] = await Promise.all([
    gitLine(storeAt(repository.commonDir), ["rev-parse", `${commit}^{tree}`]),
    changedFiles(repository, base, commit),
    changeDiff(repository, base, commit),
    patchId(repository, base, commit),
    outwardLinks(repository, base, commit),
    previous === null ? [] : changedPaths(repository, previous, commit),
  ]);
  const defining = files.map(({ path }) => path).filter((path) => defines(path, sources));
  const flagged = [...new Set([...defining, ...links])].sort();
  return { commit, tree, base, patchId: id, files, diff, flagged, changedSince };
}

/** `git patch-id --stable` of base..commit: the same for the same change wherever it lands; empty for no change. */
async function patchId(repository: Repository, base: string, commit: string): Promise<string> {
  const diff = [...DIFF, "-p", "--full-index", base, commit];
  const answer = await gitPiped(storeAt(repository.commonDir), diff, ["patch-id", "--stable"]);
  return answer.split(" ")[0]?.trim() ?? "";
}

/** The change as text, its middle left out when it is long. */
export function changeDiff(repository: Repository, base: string, commit: string): Promise<BoundedText> {
  return gitBounded(
    storeAt(repository.commonDir),
    [...DIFF, "-p", "-M", "--full-index", base, commit],
    DIFF_BYTES,
  );
}

/** Every changed path of a tree, renames as a removal and an addition. */
export async function changedPaths(repository: Repository, from: string, to: string): Promise<string[]> {
  return gitFields(storeAt(repository.commonDir), [...DIFF, "--no-renames", "--name-only", "-z", from, to]);
}

async function changedFiles(repository: Repository, base: string, commit: string): Promise<ChangedFile[]> {
  const store = storeAt(repository.commonDir);
  const states = await gitFields(store, [...DIFF, "--no-renames", "--name-status", "-z", base, commit]);
  const counts = await gitFields(store, [...DIFF, "--no-renames", "--numstat", "-z", base, commit]);
  const countOf = new Map(
    counts.map((line) => {
      const [additions = "-", deletions = "-", ...path] = line.split("\t");
      return [path.join("\t"), { additions, deletions }];
    }),
  );
  const number = (count: string | undefined) => (count === undefined || count === "-" ? null : Number(count));
  const files: ChangedFile[] = [];
  for (let index = 0; index + 1 < states.length; index += 2) {
    const [status = "", path = ""] = [states[index], states[index + 1]];
    const count = countOf.get(path);
    files.push({ path, status, additions: number(count?.additions), deletions: number(count?.deletions) });
  }
  return files;
}

function defines(path: string, sources: readonly string[]): boolean {
  return (
    path.startsWith(".tutti/") || sources.some((source) => path === source || path.startsWith(`${source}/`))
  );
}

/** New or changed symbolic links that lead out of the tree. */
async function outwardLinks(repository: Repository, base: string, commit: string): Promise<string[]> {
  const store = storeAt(repository.commonDir);
  const fields = await gitFields(store, [
    ...DIFF,
    "--no-renames",
    "--raw",
    "-z",
    "--full-index",
    base,
    commit,
  ]);
  const outward: string[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [, mode, , blob = ""] = fields[index]?.split(" ") ?? [];
    const path = fields[index + 1] ?? "";
    if (mode !== "120000") continue;
    const target = (await git(store, ["cat-file", "blob", blob])).stdout;
    const inTree = posix.normalize(posix.join(posix.dirname(path), target));
    if (posix.isAbsolute(target) || inTree === ".." || inTree.startsWith("../")) outward.push(path);
  }
  return outward;
}
