import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { appendFile, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type SampleRepository, sampleRepository } from "../sample-repository.ts";
import { closeAgentGit, follow, syncIn } from "./index.ts";
import { type SampleAgent, sampleAgent } from "./sample-agent.ts";

let sample: SampleRepository;
beforeEach(async () => {
  sample = await sampleRepository({ "a.txt": "a\n", "lib/b.txt": "b\n" }, "a répo with 'spaces'");
});
afterEach(() => sample.remove());

const put = (agent: SampleAgent, path: string, text: string) => writeFile(join(agent.worktree, path), text);

/** The same sample, whose tasks open worktrees of another repository, or at a later base. */
function openingIn(root: string): SampleRepository {
  const open = async (task: string) => {
    const opened = await sample.work({ type: "workspace.open", task, repository: root, base: sample.base });
    if (opened.type !== "workspace.opened") throw new Error(JSON.stringify(opened));
    return opened.workspace;
  };
  return { ...sample, root, open };
}

/** One turn: the agent commits, the user sees it; the user commits, the agent sees it. */
async function workBothWays(agent: SampleAgent, base = sample.base): Promise<void> {
  expect(agent.git("status", "--porcelain", "--branch")).toBe("## tutti/s1/t1");
  await put(agent, "theirs.txt", "t\n");
  const theirs = agent.commit("Theirs");
  expect(await agent.syncOut({ base })).toMatchObject({ type: "synced", to: theirs });
  expect(sample.gitIn(agent.worktree, "status", "--porcelain")).toBe("");
  await put(agent, "mine.txt", "m\n");
  sample.gitIn(agent.worktree, "add", "mine.txt");
  sample.gitIn(agent.worktree, "-c", "user.name=a", "-c", "user.email=b", "commit", "--quiet", "-m", "Mine");
  expect(await syncIn(agent.agentGit, agent)).toMatchObject({ type: "synced" });
  expect(agent.git("status", "--porcelain", "--branch")).toBe("## tutti/s1/t1");
  expect(agent.git("log", "-2", "--format=%s")).toBe("Mine\nTheirs");
  expect(await follow(agent.agentGit, agent)).toMatchObject({ type: "followed" });
}

test("the agent sees its branch, the target, tags and remote branches, and nothing of other tasks", async () => {
  const origin = join(sample.folder, "origin.git");
  execFileSync("git", ["clone", "--quiet", "--bare", sample.root, origin]);
  sample.git("remote", "add", "origin", origin);
  sample.git("fetch", "--quiet", "origin");
  sample.git("remote", "set-head", "origin", "main");
  sample.git("tag", "-a", "v1", "-m", "One");
  sample.git("branch", "private");
  await sample.open("other");
  const agent = await sampleAgent(sample);
  expect(
    agent
      .git("for-each-ref", "--format=%(refname) %(symref)")
      .split("\n")
      .map((line) => line.trim()),
  ).toEqual([
    "refs/heads/main",
    "refs/heads/tutti/s1/t1",
    "refs/remotes/origin/HEAD refs/remotes/origin/main",
    "refs/remotes/origin/main",
    "refs/tags/v1",
  ]);
  expect(agent.git("describe")).toBe("v1");
  expect(agent.git("log", "--format=%s", "origin/main")).toBe("Start");
  expect(agent.git("config", "--get-regexp", "^remote")).toBe(
    "remote.origin.url http://127.0.0.1:7777/origin.git\nremote.origin.fetch +refs/heads/*:refs/remotes/origin/*",
  );
  expect(agent.git("fsck")).toBe("");
});

test("without a gate there are no remotes, without a target no target", async () => {
  sample.git("remote", "add", "origin", sample.root);
  const agent = await sampleAgent(sample, { target: null, gateUrl: () => undefined as never });
  expect(agent.git("remote")).toBe("");
  expect(agent.git("for-each-ref", "--format=%(refname)")).toBe("refs/heads/tutti/s1/t1");
});

test("what decides content, identity and ignore rules is the user's; what starts programs is not there", async () => {
  const strange = 'A "quoted" \\ name; # with\ttab';
  sample.git("config", "user.name", strange);
  sample.git("config", "core.autocrlf", "input");
  sample.git("config", "core.hooksPath", "/somewhere");
  sample.git("config", "alias.x", "!true");
  sample.git("config", "filter.a b.clean", "cat");
  await appendFile(join(sample.root, ".git/info/exclude"), "*.tmp\n");
  await writeFile(join(sample.folder, "ignore"), "*.own\n");
  sample.git("config", "core.excludesFile", join(sample.folder, "ignore"));
  const agent = await sampleAgent(sample);
  const get = (key: string) => {
    try {
      return agent.git("config", "--get", key);
    } catch {
      return undefined;
    }
  };
  expect(get("user.name")).toBe(strange);
  expect(get("user.email")).toBe("ada@example.org");
  expect(get("core.autocrlf")).toBe("input");
  expect(get("filter.a b.clean")).toBe("cat");
  expect(get("core.hooksPath")).toBeUndefined();
  expect(get("alias.x")).toBeUndefined();
  expect(get("gc.auto")).toBe("0");
  await put(agent, "x.tmp", "");
  await put(agent, "x.own", "");
  expect(agent.git("status", "--porcelain")).toBe("");
});

test("opened again it is as the agent left it, half made it is made anew, closed it is gone", async () => {
  const agent = await sampleAgent(sample);
  await put(agent, "new.txt", "n\n");
  const head = agent.commit("One");
  await rm(agent.agentGit.gitFile);
  const again = await agent.reopen();
  expect(again).toEqual(agent.agentGit);
  expect(await readFile(again.gitFile, "utf8")).toBe(`gitdir: ${again.gitDir}\n`);
  expect(agent.git("rev-parse", "HEAD")).toBe(head);

  await rename(again.gitDir, join(again.gitDir, "../draft-x"));
  await agent.reopen();
  expect(agent.git("rev-parse", "HEAD")).toBe(sample.base);
  expect(readdirSync(join(again.gitDir, "..")).sort()).toEqual(["gitfile", "repository"]);

  const { repository, layout } = agent.workspace;
  for (let round = 0; round < 2; round += 1) await closeAgentGit(repository, layout);
  expect(existsSync(layout.agentGit)).toBe(false);
  expect(sample.git("for-each-ref", "--format=%(refname)", "refs/tutti")).toBe("refs/tutti/s1/t1/base");
});

test("the user's housekeeping takes nothing from the agent", async () => {
  const agent = await sampleAgent(sample);
  await put(agent, "new.txt", "n\n");
  agent.commit("One");
  await agent.syncOut();
  const housekeeping = () => {
    sample.git("reflog", "expire", "--expire=now", "--all");
    sample.git("gc", "--quiet", "--prune=now");
    sample.git("prune", "--expire=now");
    return agent.git("fsck", "--connectivity-only", "--no-dangling");
  };
  expect(housekeeping()).toBe("");
  sample.gitIn(agent.worktree, "reset", "--quiet", "--hard", sample.base);
  sample.git("commit", "--quiet", "--amend", "-m", "Rewritten");
  expect(housekeeping()).toBe("");
  expect(agent.git("log", "--format=%s")).toBe("One\nStart");
});

/** Makes a repository out of the sample, and answers its folder. */
const shapes: Record<string, () => string> = {
  "a bare repository": () => cloned("--bare"),
  "one that borrows its objects": () => cloned("--shared"),
  "one whose history is cut short": () => cloned("--no-local", "--depth", "1"),
  "a worktree of another one": () => {
    sample.git("worktree", "add", "--quiet", "--detach", join(sample.folder, "linked"));
    return join(sample.folder, "linked");
  },
};

function cloned(...args: string[]): string {
  const path = join(sample.folder, "a clone");
  execFileSync("git", ["clone", "--quiet", ...args, sample.root, path], { stdio: "pipe" });
  return path;
}

test.each(Object.entries(shapes))("%s is no trouble", async (_, make) => {
  await sample.write("second.txt", "2\n");
  sample.base = sample.commit("Second");
  const agent = await sampleAgent(openingIn(make()));
  expect(sample.gitIn(agent.worktree, "rev-parse", "HEAD")).toBe(sample.base);
  await workBothWays(agent);
});

test("borrowed objects are shown where the user's repository looks for them", async () => {
  const borrower = join(sample.folder, "borrower");
  execFileSync("git", ["clone", "--quiet", "--shared", sample.root, borrower]);
  await writeFile(
    join(borrower, ".git/objects/info/alternates"),
    `# a comment\n../../../a répo with 'spaces'/.git/objects\n"${sample.folder}/g\\157ne"\n`,
  );
  const agent = await sampleAgent(openingIn(borrower));
  expect(agent.agentGit.objects).toEqual([join(borrower, ".git/objects"), join(sample.root, ".git/objects")]);
  expect(agent.agentGit.mounts).toEqual([
    { from: agent.agentGit.gitFile, to: join(agent.worktree, ".git"), writable: false },
    { from: agent.agentGit.gitDir, to: agent.agentGit.gitDir, writable: true },
    ...agent.agentGit.objects.map((path) => ({ from: path, to: path, writable: false })),
  ]);
  expect(agent.git("log", "--format=%s")).toBe("Start");
});

test("a repository of the longer hash", async () => {
  await sample.remove();
  const initial = process.env.GIT_DEFAULT_HASH;
  process.env.GIT_DEFAULT_HASH = "sha256";
  try {
    sample = await sampleRepository();
  } finally {
    if (initial === undefined) delete process.env.GIT_DEFAULT_HASH;
    else process.env.GIT_DEFAULT_HASH = initial;
  }
  expect(sample.base).toHaveLength(64);
  await workBothWays(await sampleAgent(sample));
});

test("submodules of the base, a sparse checkout and a split index are no trouble", async () => {
  sample.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", sample.root, "sub");
  sample.base = sample.commit("With a submodule");
  sample.git("config", "core.splitIndex", "true");
  sample.git("sparse-checkout", "set", "lib");
  const agent = await sampleAgent(openingIn(sample.root));
  expect(readdirSync(agent.worktree).sort()).toEqual([".git", ".gitmodules", "a.txt", "lib", "sub"]);
  await workBothWays(agent);
  expect(readFileSync(join(agent.worktree, "a.txt"), "utf8")).toBe("a\n");
});
