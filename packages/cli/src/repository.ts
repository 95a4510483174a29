import { resolve } from "node:path";
import { type StartingObstacle, startingPoint, uncommittedAgentFile } from "@tutti/runner";
import { badInput } from "./failure.ts";

/** Sees that a folder is a repository that work can begin in, and answers its root. Throws a `Failure` that says what to do. */
export async function repositoryAt(folder: string, target: string | undefined): Promise<string> {
  const path = resolve(folder);
  const start = await startingPoint(path, target);
  if (start.ok) return start.root;
  throw badInput(advice[start.obstacle](start.root ?? path, target));
}

/** Throws a `Failure` when the repository's own agent files are not what its commit holds: only committed ones count. */
export async function refuseUncommittedAgents(root: string): Promise<void> {
  const changed = await uncommittedAgentFile(root);
  if (changed !== undefined)
    throw badInput(`${changed} is not committed: an agent file of the repository counts once it is`);
}

const advice = {
  "no-git": () => "git is not on your PATH: install it first",
  "no-folder": (path) => `${path} is no folder: give the repository's with --repo`,
  "no-repository": (path) =>
    `${path} is not in a git repository: go to one, give its folder with --repo, or make one with git init`,
  "no-commit": (root) =>
    `${root} has no commit yet: make a first one, so that there is something to work from`,
  "no-branch": (root) => `${root} has no branch checked out: name the one to merge into with --target`,
  "unknown-target": (root, target) => `${root} has no branch ${target}: name another with --target`,
} as const satisfies Record<StartingObstacle, (place: string, target: string | undefined) => string>;
