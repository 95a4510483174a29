import { access, constants } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { checkoutAt, git, gitFields } from "./git.ts";
import type { Repository } from "./repository.ts";

/** Hooks that git would have run had the user committed and merged by hand. */
const HOOKS = [
  "pre-commit",
  "prepare-commit-msg",
  "commit-msg",
  "post-commit",
  "post-merge",
  "reference-transaction",
];

/** Says what of the user's own rules a merge by Tutti did not do: hooks that were not run, a signature that was not made. */
export async function unrunHooks(repository: Repository): Promise<string[]> {
  const place = checkoutAt(repository.root);
  const folder = await hooksFolder(repository);
  const present: string[] = [];
  for (const name of HOOKS) {
    if (await isExecutable(join(folder, name))) present.push(name);
  }
  const notes = present.length > 0 ? [`not run, though you have them: ${present.join(", ")}`] : [];
  const signing = await git(place, ["config", "--type=bool", "--get-all", "commit.gpgSign"], {
    accept: [0, 1],
  });
  // The last value is Tutti's own, on the command line.
  const [yours] = signing.stdout.trim().split("\n").slice(0, -1).slice(-1);
  if (yours === "true")
    notes.push("not signed, though commit.gpgSign is set: sign it with git commit --amend --gpg-sign");
  return notes;
}

async function hooksFolder({ root, commonDir }: Repository): Promise<string> {
  const values = await gitFields(checkoutAt(root), [
    "config",
    "--type=path",
    "-z",
    "--get-all",
    "core.hooksPath",
  ]);
  const [yours] = values.slice(0, -1).slice(-1);
  if (yours === undefined) return join(commonDir, "hooks");
  return isAbsolute(yours) ? yours : join(root, yours);
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
