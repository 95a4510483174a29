import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { checkoutAt, type GitPlace, git, gitFields, gitLine, gitSays, storeAt } from "./git.ts";
import { type Failed, failed, type Outcome } from "./outcome.ts";

/** A repository on this machine. */
export interface Repository {
  /** The folder of the user's checkout; for a bare repository, the repository itself. */
  root: string;
  /** The folder of objects and refs, shared by all its worktrees: what the repository is known by. */
  commonDir: string;
  isBare: boolean;
  objectFormat: string;
}

/** Finds the repository that a folder lies in. */
export async function openRepository(
  path: string,
): Promise<{ type: "repository"; repository: Repository } | Failed> {
  const folder = await stat(path).catch(() => undefined);
  if (!folder?.isDirectory()) return failed("no-such-folder", `${path} is not a folder`);
  const place = checkoutAt(path);
  const questions = [
    "--is-inside-work-tree",
    "--is-bare-repository",
    "--show-object-format",
    "--git-common-dir",
  ];
  const answer = await git(place, ["rev-parse", "--path-format=absolute", ...questions], {
    accept: [0, 128],
  });
  if (answer.exitCode !== 0) {
    if (answer.stderr.includes("dubious ownership")) {
      return failed(
        "foreign-repository",
        `${path} belongs to another user: git config --global --add safe.directory ${path}`,
      );
    }
    return failed(
      "not-a-repository",
      `${path} is not in a git repository: run "git init" and commit there, or name another folder`,
    );
  }
  const [inside, bare, objectFormat = "sha1", commonDir = ""] = answer.stdout.split("\n");
  if (inside !== "true" && bare !== "true") {
    return failed("inside-git-folder", `${path} lies inside git's own folder: name the checkout instead`);
  }
  const root = inside === "true" ? await gitLine(place, ["rev-parse", "--show-toplevel"]) : commonDir;
  const repository = { root, commonDir: await realpath(commonDir), isBare: bare === "true", objectFormat };
  return { type: "repository", repository };
}

/**
 * What an orchestration needs to know before it starts: the target branch (the one asked for, else the one that is checked out),
 * its commit and tree, and what of the checkout is in no commit: changed and untracked paths, folders that are new as a whole as one.
 */
export async function inspectRepository(
  path: string,
  target?: string,
): Promise<Outcome<"repository.inspected">> {
  const opened = await openRepository(path);
  if (opened.type === "work.failed") return opened;
  const { root, commonDir, isBare } = opened.repository;
  const store = storeAt(commonDir);
  const branch = target ?? (await currentBranch(checkoutAt(root)));
  if (branch === undefined) {
    return failed(
      "detached-head",
      `${root} has no branch checked out: check one out, or name the branch to merge into`,
    );
  }
  const head = await branchHead(store, branch);
  if (head === undefined) {
    return target === undefined
      ? failed("no-commits", `${root} has no commit on ${branch} yet: commit something first`)
      : failed("unknown-branch", `${root} has no branch ${target}`);
  }
  const tree = await gitLine(store, ["rev-parse", `${head}^{tree}`]);
  const dirty = isBare ? [] : await uncommitted(checkoutAt(root), "with-untracked");
  return { type: "repository.inspected", root, target: branch, head, tree, dirty };
}

/** The commit that a branch points at; undefined when there is no such branch. */
export async function branchHead(store: GitPlace, branch: string): Promise<string | undefined> {
  if (!(await gitSays(store, ["check-ref-format", `refs/heads/${branch}`]))) return undefined;
  return refCommit(store, `refs/heads/${branch}`);
}

/** The commit that a full ref name points at; undefined when there is no such ref. */
export async function refCommit(place: GitPlace, ref: string): Promise<string | undefined> {
  const { exitCode, stdout } = await git(place, ["rev-parse", "--verify", "--quiet", `${ref}^{commit}`], {
    accept: [0, 1, 128],
  });
  return exitCode === 0 ? stdout.trim() : undefined;
}

/** Whether `ancestor` is a part of the commit's history, or the commit itself. A commit that is not there is built on nothing. */
export async function isBuiltOn(place: GitPlace, commit: string, ancestor: string): Promise<boolean> {
  const question = ["merge-base", "--is-ancestor", ancestor, commit];
  return (await git(place, question, { accept: [0, 1, 128] })).exitCode === 0;
}

/** The branch that HEAD is on, born or not; undefined when HEAD is detached. */
export async function currentBranch(place: GitPlace): Promise<string | undefined> {
  const { exitCode, stdout } = await git(place, ["symbolic-ref", "--quiet", "HEAD"], { accept: [0, 1] });
  return exitCode === 0 ? stdout.trim().replace(/^refs\/heads\//, "") : undefined;
}

/** Paths of a checkout that differ from its HEAD, staged or not; ignored ones are not looked at. Reads without touching the index. */
export async function uncommitted(
  place: GitPlace,
  untracked: "tracked" | "with-untracked" = "tracked",
  limitMs?: number,
): Promise<string[]> {
  const fields = await gitFields(
    place,
    [
      ...["status", "--porcelain=v2", "-z", "--no-renames", "--ignore-submodules=all"],
      `--untracked-files=${untracked === "tracked" ? "no" : "normal"}`,
    ],
    limitMs === undefined ? {} : { limitMs },
  );
  // Columns before the path: changed 8, unmerged 10, untracked 1.
  const columns: Readonly<Record<string, number>> = { "1": 8, u: 10, "?": 1 };
  return fields.flatMap((field) => {
    const before = columns[field[0] ?? ""];
    return before === undefined ? [] : [field.split(" ").slice(before).join(" ")];
  });
}

export interface Worktree {
  path: string;
  /** Full ref name; undefined when HEAD is detached. */
  branch: string | undefined;
  head: string | undefined;
  isBare: boolean;
}

/** Every worktree of a repository, the main one first. */
export async function listWorktrees(store: GitPlace): Promise<Worktree[]> {
  const { stdout } = await git(store, ["worktree", "list", "--porcelain", "-z"]);
  return stdout
    .split("\0\0")
    .filter((block) => block.startsWith("worktree "))
    .map((block) => {
      const lines = block.split("\0");
      const value = (name: string) =>
        lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);
      return {
        path: value("worktree") ?? "",
        branch: value("branch"),
        head: value("HEAD"),
        isBare: lines.includes("bare"),
      };
    });
}

/** The user's configured identity as git's environment; Tutti's own where there is none. The committer is always Tutti. */
export async function commitIdentity(place: GitPlace, date: Date): Promise<Record<string, string>> {
  const setting = async (name: string, variable: string | undefined) =>
    variable || (await gitLine(place, ["config", "--get", name], { accept: [0, 1] }));
  const name = await setting("user.name", process.env.GIT_AUTHOR_NAME);
  const email = await setting("user.email", process.env.GIT_AUTHOR_EMAIL);
  const known = name !== "" && email !== "";
  return {
    ...identityOf("AUTHOR", known ? name : TUTTI.name, known ? email : TUTTI.email, date),
    ...identityOf("COMMITTER", TUTTI.name, TUTTI.email, date),
  };
}

/** Tutti as author and committer: for commits that must not say whose they are. */
export function neutralIdentity(date: Date): Record<string, string> {
  return {
    ...identityOf("AUTHOR", TUTTI.name, TUTTI.email, date),
    ...identityOf("COMMITTER", TUTTI.name, TUTTI.email, date),
  };
}

const TUTTI = { name: "Tutti", email: "tutti@localhost" };

function identityOf(
  role: "AUTHOR" | "COMMITTER",
  name: string,
  email: string,
  date: Date,
): Record<string, string> {
  return {
    [`GIT_${role}_NAME`]: name,
    [`GIT_${role}_EMAIL`]: email,
    [`GIT_${role}_DATE`]: `@${Math.floor(date.getTime() / 1000)} +0000`,
  };
}

/** The git folder of the worktree that lies at `folder`, as the repository itself has it on record. */
export async function gitDirOf(repository: Repository, folder: string): Promise<string | undefined> {
  const records = join(repository.commonDir, "worktrees");
  for (const name of await readdir(records).catch(() => [])) {
    const gitFile = await readFile(join(records, name, "gitdir"), "utf8").catch(() => "");
    if (gitFile.trim() === join(folder, ".git")) return join(records, name);
  }
  return undefined;
}
