/** The files of the gallery's project, before and after the change that its main story makes. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Candidate, ChangedFile } from "@tutti/core";
import { sha } from "./names.ts";
import { changeOf, patchOf } from "./patch.ts";

export type Tree = ReadonlyMap<string, string>;

const fixtures = fileURLToPath(new URL("fixtures/todos", import.meta.url));

/** A fixture's name ends in `.txt`, so that no tool takes it for a part of this project. */
function readTree(name: string): Tree {
  const folder = path.join(fixtures, name);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return new Map(
    files
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [path.relative(folder, file).replace(/\.txt$/, ""), readFileSync(file, "utf8")]),
  );
}

const base = readTree("base");
/** As the reviewer saw it first. */
const reviewed: Tree = new Map([...base, ...readTree("reviewed")]);
/** With the reviewer's finding fixed. */
export const fixed: Tree = new Map([...reviewed, ...readTree("fixed")]);

export const commits = {
  base: { commit: sha("c41d9aa"), tree: sha("aa10c41"), files: base },
  reviewed: { commit: sha("8b21f07"), tree: sha("0718b21"), files: reviewed },
  fixed: { commit: sha("3f9c2e1"), tree: sha("e13f9c2"), files: fixed },
} as const;

export type CommitName = keyof typeof commits;

/** The tree of a commit; undefined for one that the gallery does not have. */
export const treeAt = (commit: string): Tree | undefined =>
  Object.values(commits).find((known) => known.commit === commit)?.files;

const touched = (before: Tree, after: Tree): string[] =>
  [...new Set([...before.keys(), ...after.keys()])]
    .filter((file) => before.get(file) !== after.get(file))
    .sort();

export const changesBetween = (before: Tree, after: Tree): ChangedFile[] =>
  touched(before, after).map((file) => changeOf(file, before.get(file) ?? null, after.get(file) ?? null));

export const patchBetween = (before: Tree, after: Tree, file: string, context?: number): string =>
  patchOf(file, before.get(file) ?? null, after.get(file) ?? null, context);

/** The candidate that a commit is, on the base. */
export function candidate(name: CommitName, previous?: CommitName): Candidate {
  const { commit, tree, files } = commits[name];
  const changed = changesBetween(base, files);
  return {
    ...{ commit, tree, base: commits.base.commit, patchId: sha(`${name.length}f00d`) },
    files: changed,
    diff: { text: changed.map((file) => patchBetween(base, files, file.path)).join(""), cut: 0 },
    flagged: [],
    changedSince: previous ? touched(commits[previous].files, files) : [],
  };
}
