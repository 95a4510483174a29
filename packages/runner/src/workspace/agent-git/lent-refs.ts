import { type GitPlace, git, gitPiped } from "../git.ts";

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
 * every fetch of the agent's.
 */
export async function lentRefs(store: GitPlace, patterns: readonly string[]): Promise<LentRefs> {
  // To say an object's type git must find it: it gives up at the first that is missing, and each is asked for by itself.
  const list = (type: string) => [
    "for-each-ref",
    `--format=%(objectname)${type} %(refname) %(symref)`,
    ...patterns,
  ];
  const whole = await git(store, list("%(if)%(objecttype)%(then)%(end)"), { accept: [0, 1, 128] });
  const lines =
    whole.exitCode === 0
      ? whole.stdout
      : await gitPiped(store, list(""), ["cat-file", "--batch-check=%(objectname) %(rest)"]);
  const refs: LentRef[] = [];
  const links: LentRefs["links"] = [];
  for (const line of lines.split("\n")) {
    const [object = "", name = "", target = ""] = line.split(" ");
    if (!name.startsWith("refs/")) continue;
    if (target === "") refs.push({ name, object });
    else links.push({ name, target });
  }
  const names = new Set(refs.map(({ name }) => name));
  return { refs, links: links.filter(({ target }) => names.has(target)) };
}
