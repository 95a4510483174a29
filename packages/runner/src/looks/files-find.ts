import type { LookAnswerOf, LookOf } from "@tutti/core";
import { checkoutAt, gitFields } from "../workspace/git.ts";
import { gitLimitMs } from "./git-limit.ts";
import { insideRoot } from "./inside-root.ts";

/** Without a query, the first files by name. */
export async function findFiles({
  root,
  query,
  limit,
}: LookOf<"files.find">): Promise<LookAnswerOf<"files.find">> {
  const listed = await gitFields(
    checkoutAt(await insideRoot(root, "")),
    ["ls-files", "--cached", "--others", "--exclude-standard", "-z"],
    { limitMs: gitLimitMs },
  );
  const wanted = query.toLowerCase().replace(/\s+/g, "");
  const ranked = [...new Set(listed)].flatMap((path) => {
    const rank = rankOf(path, wanted);
    return rank === undefined ? [] : [{ path, rank }];
  });
  ranked.sort((a, b) => a.rank - b.rank || a.path.length - b.path.length || (a.path < b.path ? -1 : 1));
  return { type: "files.find", paths: ranked.slice(0, limit).map(({ path }) => path) };
}

/**
 * How far a path is from a query, the less the better; undefined when it does not hold the query's characters in order. The
 * file's own name is matched before its folders, and what stands together before what is scattered.
 *
 * @param wanted in lower case
 */
export function rankOf(path: string, wanted: string): number | undefined {
  if (wanted === "") return 0;
  const lower = path.toLowerCase();
  const name = lower.slice(lower.lastIndexOf("/") + 1);
  const inName = spread(name, wanted);
  if (inName !== undefined) return inName + (name.startsWith(wanted) ? 0 : 1);
  const inPath = spread(lower, wanted);
  return inPath === undefined ? undefined : inPath + 1_000;
}

/** How many characters lie between the first and the last that match, from the end backwards, that do not match themselves. */
function spread(text: string, wanted: string): number | undefined {
  if (text.includes(wanted)) return 0;
  let at = text.length;
  let last = 0;
  for (let index = wanted.length - 1; index >= 0; index -= 1) {
    at = at === 0 ? -1 : text.lastIndexOf(wanted[index] ?? "", at - 1);
    if (at === -1) return undefined;
    if (index === wanted.length - 1) last = at;
  }
  return last - at + 1 - wanted.length + 1;
}
