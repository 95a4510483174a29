import { type GitPlace, gitPiped } from "../git.ts";

/** A ref of the user's that an agent may see. */
export interface LentRef {
  name: string;
  object: string;
}

export interface LentRefs {
  refs: LentRef[];
  /** Refs that stand for another lent ref, such as `refs/remotes/origin/HEAD`. */
  links: { name: string; target: string }[];
}

/**
 * The user's refs that match `patterns` (as for `git for-each-ref`) and whose objects are there: a ref without its object would break
 * every fetch of the agent's. Sorted by name, as git sorts.
 */
export async function lentRefs(store: GitPlace, patterns: readonly string[]): Promise<LentRefs> {
  const list = ["for-each-ref", "--format=%(objectname) %(refname) %(symref)", ...patterns];
  const check = ["cat-file", "--batch-check=%(objectname) %(rest)"];
  const lines = (await gitPiped(store, list, check)).split("\n");
  const refs: LentRef[] = [];
  const links: LentRefs["links"] = [];
  for (const line of lines) {
    const [object = "", name = "", target = ""] = line.split(" ");
    if (!name.startsWith("refs/")) continue;
    if (target === "") refs.push({ name, object });
    else links.push({ name, target });
  }
  const names = new Set(refs.map(({ name }) => name));
  return { refs, links: links.filter(({ target }) => names.has(target)) };
}
