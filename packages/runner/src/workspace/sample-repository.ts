import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { WorkRequest, WorkResult } from "@tutti/core";
import { doWork, type WorkContext } from "./work.ts";

/** A real repository in a temporary folder, with a state folder beside it and a user who has an identity: for tests. */
export interface SampleRepository {
  folder: string;
  root: string;
  stateFolder: string;
  /** The commit that it starts with. */
  base: string;
  /** Runs the user's git and answers its output, trimmed. */
  git(...args: string[]): string;
  /** The same in another folder. */
  gitIn(cwd: string, ...args: string[]): string;
  write(path: string, content: string): Promise<void>;
  read(path: string): Promise<string>;
  /** Commits everything there is, and answers the commit. */
  commit(message: string): string;
  /** An executable hook. Hooks of the user must never run for Tutti. */
  hook(name: string, script: string): Promise<void>;
  work<T extends WorkRequest>(request: T, more?: Partial<WorkContext>): Promise<WorkResult>;
  /** Opens the worktree of a task at `base` and answers its folder. */
  open(task: string): Promise<string>;
  remove(): Promise<void>;
}

export async function sampleRepository(
  files: Record<string, string> = { "greeting.txt": "hello\n" },
  name = "sample",
): Promise<SampleRepository> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "tutti-workspace-")));
  const root = join(folder, name);
  const stateFolder = join(folder, "state");
  const home = join(folder, "home");
  await mkdir(root, { recursive: true });
  await mkdir(home);
  process.env.GIT_CONFIG_GLOBAL = join(home, ".gitconfig");
  process.env.GIT_CONFIG_NOSYSTEM = "1";
  const gitIn = (cwd: string, ...args: string[]) =>
    execFileSync("git", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  const git = (...args: string[]) => gitIn(root, ...args);
  const write = async (path: string, content: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  };
  const commit = (message: string) => {
    git("add", "--all");
    git(
      "-c",
      "core.hooksPath=/dev/null",
      "-c",
      "commit.gpgSign=false",
      "commit",
      "--quiet",
      "--allow-empty",
      "-m",
      message,
    );
    return git("rev-parse", "HEAD");
  };
  git("init", "--quiet", "--initial-branch=main");
  git("config", "user.name", "Ada");
  git("config", "user.email", "ada@example.org");
  for (const [path, content] of Object.entries(files)) await write(path, content);
  const base = commit("Start");
  const work: SampleRepository["work"] = (request, more) =>
    doWork(request, {
      stateFolder,
      session: "s1",
      hold: async () => ({ ok: true, env: process.env, release: async () => {} }),
      marker: `test/${folder.split("-").at(-1)}`,
      now: new Date("2026-01-02T03:04:05Z"),
      settingsClaims: async () => [],
      ...more,
    });
  return {
    folder,
    root,
    stateFolder,
    base,
    git,
    gitIn,
    write,
    commit,
    work,
    read: (path) => readFile(join(root, path), "utf8"),
    async hook(name, script) {
      await write(`.git/hooks/${name}`, `#!/bin/sh\n${script}\n`);
      await chmod(join(root, ".git/hooks", name), 0o755);
    },
    async open(task) {
      const opened = await work({ type: "workspace.open", task, repository: root, base });
      if (opened.type !== "workspace.opened") throw new Error(JSON.stringify(opened));
      return opened.workspace;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
