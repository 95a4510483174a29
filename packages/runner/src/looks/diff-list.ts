import type { ChangedFile, LookAnswerOf, LookOf } from "@tutti/core";
import { type GitPlace, gitFields, storeAt } from "../workspace/git.ts";
import { openRepository } from "../workspace/repository.ts";
import { gitLimitMs } from "./git-limit.ts";

/** A changed file, and what it was called before; null when it was called the same, or was not there. */
export type FileChange = Omit<ChangedFile, "additions" | "deletions"> & { from: string | null };

/** How two trees are compared: only they have a say, and no program of the person's is started for it. */
export const compareTrees = ["diff-tree", "-r", "-M", "--no-ext-diff", "--no-textconv"];

/** Both answers in one call: the states of all files first, then what each gains and loses. */
export async function listDiff({
  repository,
  base,
  commit,
}: LookOf<"diff.list">): Promise<LookAnswerOf<"diff.list">> {
  const fields = await gitFields(
    await objectsOf(repository),
    [...compareTrees, "--raw", "--numstat", "-z", base, commit],
    { limitMs: gitLimitMs },
  );
  const { changes, rest } = readRaw(fields);
  const counts = readCounts(rest);
  const files = changes.map((change) => ({
    ...change,
    ...(counts.get(change.path) ?? { additions: null, deletions: null }),
  }));
  return { type: "diff.list", files };
}

/** Where a repository's objects are. No checkout's attributes have a say in what is shown. */
export async function objectsOf(repository: string): Promise<GitPlace> {
  const opened = await openRepository(repository);
  if (opened.type === "work.failed") throw new Error(opened.message);
  return storeAt(opened.repository.commonDir);
}

/** Reads git's `--raw -z`, up to the first field that is none of it. */
export function readRaw(fields: readonly string[]): { changes: FileChange[]; rest: readonly string[] } {
  const changes: FileChange[] = [];
  let at = 0;
  while (fields[at]?.startsWith(":")) {
    const status = fields[at]?.split(" ").at(-1)?.[0] ?? "";
    const moved = status === "R" || status === "C";
    const first = fields[at + 1] ?? "";
    const path = moved ? (fields[at + 2] ?? "") : first;
    changes.push({ path, status, from: moved ? first : null });
    at += moved ? 3 : 2;
  }
  return { changes, rest: fields.slice(at) };
}

/** Reads git's `--numstat -z`: what moved has an empty path there, and both of its paths after it. */
function readCounts(
  fields: readonly string[],
): Map<string, { additions: number | null; deletions: number | null }> {
  const counts = new Map<string, { additions: number | null; deletions: number | null }>();
  const number = (count: string) => (count === "-" ? null : Number(count));
  for (let at = 0; at < fields.length; at += 1) {
    const [additions = "-", deletions = "-", ...rest] = (fields[at] ?? "").split("\t");
    let path = rest.join("\t");
    if (path === "") {
      path = fields[at + 2] ?? "";
      at += 2;
    }
    counts.set(path, { additions: number(additions), deletions: number(deletions) });
  }
  return counts;
}
