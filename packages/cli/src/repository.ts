import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { badInput } from "./failure.ts";

/** Sees that a folder is a repository that work can begin in, and answers its root. Throws a `Failure` that says what to do. */
export async function repositoryAt(folder: string, target: string | undefined): Promise<string> {
  const path = resolve(folder);
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) throw badInput(`${path} is no folder: give the repository's with --repo`);
  const root = await git(path, "rev-parse", "--show-toplevel");
  if (!root)
    throw badInput(
      `${path} is not in a git repository: go to one, give its folder with --repo, or make one with git init`,
    );
  if (!(await git(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")))
    throw badInput(`${root} has no commit yet: make a first one, so that there is something to work from`);
  if (target === undefined) {
    if (!(await git(root, "symbolic-ref", "--quiet", "HEAD")))
      throw badInput(`${root} has no branch checked out: name the one to merge into with --target`);
  } else if (!(await git(root, "rev-parse", "--verify", "--quiet", `refs/heads/${target}^{commit}`)))
    throw badInput(`${root} has no branch ${target}: name another with --target`);
  return root;
}

/** Throws a `Failure` when the repository's own agent files are not what its commit holds: only committed ones count. */
export async function refuseUncommittedAgents(root: string): Promise<void> {
  const changed = await git(root, "status", "--porcelain", "--", ".tutti/agents");
  if (changed)
    throw badInput(
      `${changed.split("\n")[0]?.slice(2).trim()} is not committed: an agent file of the repository counts once it is`,
    );
}

/** What git answers, trimmed; undefined when it says no. */
async function git(folder: string, ...args: string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)("git", ["-C", folder, ...args], { timeout: 30_000 });
    return stdout.trim();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT")
      throw badInput("git is not on your PATH: install it first", { cause: error });
    return undefined;
  }
}
