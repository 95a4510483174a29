import type { LookAnswerOf, LookOf } from "@tutti/core";
import { checkoutAt, git } from "../workspace/git.ts";
import { type StartingObstacle, startingPoint } from "../workspace/starting-point.ts";
import { gitLimitMs } from "./git-limit.ts";

const mostBranches = 1_000;

/** The branches are in the order of their last commits, the latest first; those that Tutti made for tasks are left out. */
export async function inspectPlace({
  path,
  target,
}: LookOf<"repository.inspect">): Promise<LookAnswerOf<"repository.inspect">> {
  const start = await startingPoint(path, target);
  const { root, branch } = start;
  const type = "repository.inspect";
  const branches = root === null ? [] : await branchesOf(root);
  if (start.ok) return { type, root, branch, branches, head: start.head, problem: null };
  const problem = advice[start.obstacle](root ?? path, target);
  return { type, root, branch, branches, head: null, problem };
}

async function branchesOf(root: string): Promise<string[]> {
  const { stdout } = await git(
    checkoutAt(root),
    ["for-each-ref", "--sort=-committerdate", "--format=%(refname:lstrip=2)", "refs/heads"],
    { limitMs: gitLimitMs },
  );
  const all = stdout.split("\n").filter((name) => name !== "" && !name.startsWith("tutti/"));
  return all.slice(0, mostBranches);
}

const advice = {
  "no-git": () => "git is not on this machine's PATH: install it first",
  "no-folder": (path) => `${path} is no folder on this machine: give the repository's`,
  "no-repository": (path) =>
    `${path} is not in a git repository: give another folder, or make one with git init`,
  "no-commit": (root) =>
    `${root} has no commit yet: make a first one, so that there is something to work from`,
  "no-branch": (root) => `${root} has no branch checked out: name the one to merge into`,
  "unknown-target": (root, target) => `${root} has no branch ${target}: name another`,
} as const satisfies Record<StartingObstacle, (place: string, target: string | undefined) => string>;
