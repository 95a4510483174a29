import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { WorkRequest } from "@tutti/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type SampleRepository, sampleRepository } from "./sample-repository.ts";

let sample: SampleRepository;
beforeEach(async () => {
  sample = await sampleRepository(
    { "a file.txt": "one\n", 'ünï/ço"dé.txt': "two\n" },
    "a répo with 'spaces'",
  );
});
afterEach(() => sample.remove());

const openRequest = (task = "t1"): WorkRequest => ({
  type: "workspace.open",
  task,
  repository: sample.root,
  base: sample.base,
});
const closeRequest = (workspace: string, merged: string | null = null, task = "t1"): WorkRequest => ({
  type: "workspace.close",
  task,
  workspace,
  repository: sample.root,
  merged,
});

test("a worktree lies outside the repository, on a branch of its own that tracks nothing, and opening again changes nothing", async () => {
  sample.git("config", "branch.autoSetupMerge", "always");
  sample.git("config", "branch.autoSetupRebase", "always");
  await sample.hook("post-checkout", "touch hook-ran");
  await sample.hook("reference-transaction", "exit 1");
  const first = await sample.work(openRequest());
  expect(first).toEqual({
    type: "workspace.opened",
    workspace: join(sample.stateFolder, "worktrees", "s1", "t1"),
    branch: "tutti/s1/t1",
  });
  if (first.type !== "workspace.opened") return;
  expect(sample.gitIn(first.workspace, "status", "--porcelain", "--branch")).toBe("## tutti/s1/t1");
  await writeFile(join(first.workspace, "new.txt"), "work");
  expect(await sample.work(openRequest())).toEqual(first);
  expect(existsSync(join(first.workspace, "new.txt"))).toBe(true);
  expect(existsSync(join(first.workspace, "hook-ran"))).toBe(false);
  expect(sample.git("config", "--list", "--local")).not.toContain("tutti");
  expect(sample.git("rev-parse", "refs/tutti/s1/t1/base")).toBe(sample.base);
  expect(sample.git("status", "--porcelain")).toBe("");
});

test("six tasks open at once on one repository", async () => {
  const tasks = ["t1", "t2", "t3", "t4", "t5", "t6"];
  const opened = await Promise.all(tasks.map((task) => sample.work(openRequest(task))));
  expect(opened.map(({ type }) => type)).toEqual(tasks.map(() => "workspace.opened"));
  expect(sample.git("worktree", "list").split("\n")).toHaveLength(7);
  const workspaces = opened.flatMap((result) =>
    result.type === "workspace.opened" ? [result.workspace] : [],
  );
  const closed = await Promise.all(
    workspaces.map((workspace, i) => sample.work(closeRequest(workspace, null, tasks[i]))),
  );
  expect(closed.map(({ type }) => type)).toEqual(tasks.map(() => "workspace.closed"));
  expect(sample.git("worktree", "list").split("\n")).toHaveLength(1);
});

test("what cannot be opened is refused with a reason", async () => {
  const kind = async (request: WorkRequest) => {
    const result = await sample.work(request);
    return result.type === "work.failed" ? result.kind : result.type;
  };
  const missing = "0".repeat(40);
  expect(await kind({ ...openRequest(), base: missing } as WorkRequest)).toBe("unknown-commit");
  expect(await kind({ ...openRequest(), repository: sample.folder } as WorkRequest)).toBe("not-a-repository");
  expect(await kind({ ...openRequest(), repository: join(sample.folder, "no") } as WorkRequest)).toBe(
    "no-such-folder",
  );
  expect(await kind({ ...openRequest("../evil") })).toBe("bad-name");
  sample.git("branch", "tutti/s1/t1", sample.commit("Another"));
  expect(await kind(openRequest())).toBe("branch-exists");
});

test("opening on another base than before is refused", async () => {
  await sample.open("t1");
  const later = sample.commit("Later");
  expect(await sample.work({ ...openRequest(), base: later } as WorkRequest)).toMatchObject({
    type: "work.failed",
    kind: "other-base",
  });
});

test("a worktree whose folder was removed by hand is opened again with its commits", async () => {
  const workspace = await sample.open("t1");
  await writeFile(join(workspace, "new.txt"), "work");
  sample.gitIn(workspace, "add", ".");
  sample.gitIn(workspace, "commit", "--quiet", "-m", "Work");
  await rm(workspace, { recursive: true });
  expect(await sample.open("t1")).toBe(workspace);
  expect(existsSync(join(workspace, "new.txt"))).toBe(true);
});

test("a half-made worktree is made anew, a folder of unknown files is left alone", async () => {
  const workspace = await sample.open("t1");
  sample.git("update-ref", "-d", "refs/tutti/s1/t1/base");
  await rm(join(workspace, "a file.txt"));
  expect(await sample.open("t1")).toBe(workspace);
  expect(existsSync(join(workspace, "a file.txt"))).toBe(true);

  sample.git("update-ref", "-d", "refs/tutti/s1/t1/base");
  await writeFile(join(workspace, "whose.txt"), "?");
  expect(await sample.work(openRequest())).toMatchObject({ kind: "workspace-in-doubt" });
  const other = join(sample.stateFolder, "worktrees", "s1", "t2");
  await mkdir(other, { recursive: true });
  expect(await sample.work(openRequest("t2"))).toMatchObject({ kind: "workspace-in-doubt" });
  expect(existsSync(join(workspace, "whose.txt"))).toBe(true);
});

test("the user's own prune leaves a worktree's record alone", async () => {
  const workspace = await sample.open("t1");
  await rm(workspace, { recursive: true });
  sample.git("worktree", "prune", "--expire=now");
  expect(sample.git("worktree", "list")).toContain(workspace);
});

test("an untouched worktree is removed with its branch and refs, and closing again is no error", async () => {
  const workspace = await sample.open("t1");
  const closed = { type: "workspace.closed" };
  expect(await sample.work(closeRequest(workspace))).toEqual(closed);
  expect(existsSync(workspace)).toBe(false);
  expect(sample.git("for-each-ref", "--format=%(refname)")).toBe("refs/heads/main");
  expect(await sample.work(closeRequest(workspace))).toEqual(closed);
});

test("nothing uncommitted, unmerged or nested is ever removed", async () => {
  const workspace = await sample.open("t1");
  const kept = { type: "workspace.kept", workspace };
  await writeFile(join(workspace, "new.txt"), "untracked work");
  expect(await sample.work(closeRequest(workspace))).toMatchObject(kept);
  sample.gitIn(workspace, "add", ".");
  expect(await sample.work(closeRequest(workspace))).toMatchObject(kept);
  sample.gitIn(workspace, "commit", "--quiet", "-m", "Work");
  expect(await sample.work(closeRequest(workspace))).toMatchObject(kept);
  const work = sample.gitIn(workspace, "rev-parse", "HEAD");
  expect(await sample.work(closeRequest(workspace, work))).toMatchObject(kept);

  sample.git("merge", "--quiet", "--ff-only", work);
  await mkdir(join(workspace, "inner"));
  sample.gitIn(join(workspace, "inner"), "init", "--quiet");
  expect(await sample.work(closeRequest(workspace, work))).toMatchObject(kept);
  await rm(join(workspace, "inner"), { recursive: true });
  await writeFile(join(workspace, "new.txt"), "changed since");
  expect(await sample.work(closeRequest(workspace, work))).toMatchObject(kept);
  expect(existsSync(workspace)).toBe(true);
  await writeFile(join(workspace, "new.txt"), "untracked work");
  expect(await sample.work(closeRequest(workspace, work))).toEqual({ type: "workspace.closed" });
});

test("a candidate that nobody merged keeps its worktree", async () => {
  const workspace = await sample.open("t1");
  await writeFile(join(workspace, "new.txt"), "work");
  const taken = await sample.work({
    type: "candidate.take",
    task: "t1",
    workspace,
    repository: sample.root,
    base: sample.base,
    message: "Add a file",
    sources: [],
    previous: null,
  });
  expect(taken.type).toBe("candidate.taken");
  await rm(join(workspace, "new.txt"));
  expect(await sample.work(closeRequest(workspace))).toMatchObject({ type: "workspace.kept" });
});
