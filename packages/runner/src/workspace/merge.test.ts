import { existsSync } from "node:fs";
import { chmod, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Candidate, WorkResult } from "@tutti/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type SampleRepository, sampleRepository } from "./sample-repository.ts";

let sample: SampleRepository;
let workspace: string;
let candidate: Candidate;
beforeEach(async () => {
  sample = await sampleRepository({
    "edited.txt": "1\n2\n3\n4\n5\n6\n7\n",
    "other.txt": "o\n",
    ".gitignore": "*.env\n",
  });
  workspace = await sample.open("t1");
  await writeFile(join(workspace, "edited.txt"), "one\n2\n3\n4\n5\n6\n7\n");
  await writeFile(join(workspace, "new.txt"), "new\n");
  candidate = await take();
});
afterEach(() => sample.remove());

async function take(base = sample.base): Promise<Candidate> {
  const result = await sample.work({
    type: "candidate.take",
    task: "t1",
    workspace,
    repository: sample.root,
    base,
    message: "Do it",
    sources: [],
    previous: null,
  });
  if (result.type !== "candidate.taken") throw new Error(JSON.stringify(result));
  return result.candidate;
}

function rebase(target = "main"): Promise<WorkResult> {
  const { commit, base } = candidate;
  return sample.work({
    type: "candidate.rebase",
    task: "t1",
    repository: sample.root,
    candidate: commit,
    base,
    target,
    sources: [],
  });
}

async function rebased(): Promise<Candidate> {
  const result = await rebase();
  if (result.type !== "candidate.rebased") throw new Error(JSON.stringify(result));
  return result.candidate;
}

function merge({ commit, tree, base }: Candidate, target = "main"): Promise<WorkResult> {
  return sample.work({
    type: "candidate.merge",
    task: "t1",
    repository: sample.root,
    commit,
    tree,
    target,
    head: base,
  });
}

const head = (branch = "main") => sample.git("rev-parse", branch);

test("on a head that has not moved a rebase is the candidate itself, and the task's branch is at it", async () => {
  expect(await rebase()).toEqual({ type: "candidate.rebased", candidate, head: sample.base });
  expect(head("tutti/s1/t1")).toBe(candidate.commit);
  expect(sample.gitIn(workspace, "status", "--porcelain")).toBe("");
});

test("on a head that has moved elsewhere in the files the patch id stays, and the same again is the same commit", async () => {
  await sample.write("other.txt", "changed\n");
  const moved = sample.commit("Move on");
  const first = await rebased();
  expect(first.base).toBe(moved);
  expect(first.patchId).toBe(candidate.patchId);
  expect(first.tree).not.toBe(candidate.tree);
  expect(sample.git("rev-parse", `${first.commit}^`)).toBe(moved);
  expect(sample.git("log", "-1", "--format=%an|%cn|%ad|%B", first.commit)).toBe(
    sample.git("log", "-1", "--format=%an|%cn|%ad|%B", candidate.commit),
  );
  expect(await rebased()).toEqual(first);
  expect(head("tutti/s1/t1")).toBe(first.commit);
});

test("a head that has moved near the change gives another patch id", async () => {
  await sample.write("edited.txt", "1\n2\n3\nfour\n5\n6\n7\n");
  sample.commit("Move near");
  const result = await rebased();
  expect(result.patchId).not.toBe(candidate.patchId);
  expect(sample.git("show", `${result.commit}:edited.txt`)).toBe("one\n2\n3\nfour\n5\n6\n7");
});

test("a conflict names its files and moves nothing", async () => {
  await sample.write("edited.txt", "uno\n2\n3\n4\n5\n6\n7\n");
  await sample.write("new.txt", "theirs\n");
  const moved = sample.commit("Conflict");
  expect(await rebase()).toEqual({
    type: "candidate.conflicted",
    files: ["edited.txt", "new.txt"],
    head: moved,
  });
  expect(await take()).toEqual(candidate);
});

test("a head that was rewritten still takes only the candidate's own change", async () => {
  await sample.write("other.txt", "from a commit that goes away\n");
  const gone = sample.commit("Goes away");
  const opened = await sample.work({
    type: "workspace.open",
    task: "t2",
    repository: sample.root,
    base: gone,
  });
  if (opened.type !== "workspace.opened") throw new Error(JSON.stringify(opened));
  await writeFile(join(opened.workspace, "second.txt"), "s\n");
  const request = { task: "t2", workspace: opened.workspace, repository: sample.root, sources: [] };
  const second = await sample.work({
    type: "candidate.take",
    ...request,
    base: gone,
    message: "m",
    previous: null,
  });
  if (second.type !== "candidate.taken") throw new Error(JSON.stringify(second));
  sample.git("reset", "--quiet", "--hard", sample.base);
  await sample.write("third.txt", "t\n");
  sample.commit("Another way");
  const result = await sample.work({
    type: "candidate.rebase",
    task: "t2",
    repository: sample.root,
    candidate: second.candidate.commit,
    base: gone,
    target: "main",
    sources: [],
  });
  if (result.type !== "candidate.rebased") throw new Error(JSON.stringify(result));
  expect(result.candidate.files.map(({ path }) => path)).toEqual(["second.txt"]);
  expect(sample.git("show", `${result.candidate.commit}:other.txt`)).toBe("o");
});

test("after a rebase the agent goes on in the worktree, and the next candidate stands on the new head", async () => {
  await writeFile(join(workspace, "forced.env"), "committed though ignored\n");
  sample.gitIn(workspace, "add", "--force", "forced.env");
  sample.gitIn(workspace, "commit", "--quiet", "-m", "Force");
  candidate = await take();
  await sample.write("other.txt", "changed\n");
  const moved = sample.commit("Move on");
  await rebased();
  await writeFile(join(workspace, "fix.txt"), "fixed\n");
  const next = await take(moved);
  expect(next.files.map(({ path }) => path)).toEqual(["edited.txt", "fix.txt", "forced.env", "new.txt"]);
  expect(await merge(next)).toMatchObject({ type: "candidate.merged", commit: next.commit });
  expect(await sample.read("other.txt")).toBe("changed\n");
});

test("a clean checkout is fast-forwarded; other uncommitted work, the index and hooks stay as they are", async () => {
  await sample.hook("post-merge", `touch "${sample.folder}/hook-ran"`);
  await sample.hook("pre-commit", "exit 1");
  sample.git("config", "commit.gpgSign", "true");
  sample.git("config", "merge.verifySignatures", "true");
  await sample.write("other.txt", "my work\n");
  await sample.write("staged.txt", "staged\n");
  sample.git("add", "staged.txt");
  await sample.write("untracked.txt", "u\n");
  const config = sample.git("config", "--local", "--list");

  const result = await merge(candidate);
  expect(result).toMatchObject({ type: "candidate.merged", commit: candidate.commit, checkout: "updated" });
  expect(result.type === "candidate.merged" && result.notes.join("\n")).toMatch(
    /pre-commit, post-merge.*not signed/s,
  );
  expect(head()).toBe(candidate.commit);
  expect(
    sample
      .git("status", "--porcelain")
      .split("\n")
      .map((line) => line.trim()),
  ).toEqual(["M other.txt", "A  staged.txt", "?? untracked.txt"]);
  expect(await sample.read("new.txt")).toBe("new\n");
  expect(existsSync(join(sample.folder, "hook-ran"))).toBe(false);
  expect(sample.git("config", "--local", "--list")).toBe(config);
  expect(await merge(candidate)).toEqual(result);
});

test("a hooks path of the user's own is looked at, not run", async () => {
  await sample.write(".husky/post-merge", `#!/bin/sh\ntouch "${sample.folder}/hook-ran"\n`);
  await chmod(join(sample.root, ".husky/post-merge"), 0o755);
  sample.git("config", "core.hooksPath", ".husky");
  expect(await merge(candidate)).toMatchObject({ notes: [expect.stringContaining("post-merge")] });
  expect(existsSync(join(sample.folder, "hook-ran"))).toBe(false);
});

test("nothing in the way of the user's work is touched, whatever kind of work it is", async () => {
  const dirty = async (files: string[]) => {
    expect(await merge(candidate)).toMatchObject({ type: "target.dirty", files });
    expect(head()).toBe(sample.base);
  };
  await sample.write("edited.txt", "mine\n");
  await dirty(["edited.txt"]);
  sample.git("add", "edited.txt");
  await dirty(["edited.txt"]);
  await sample.write("new.txt", "mine, untracked\n");
  await dirty(["edited.txt", "new.txt"]);
  sample.git("reset", "--quiet", "--hard");
  await dirty(["new.txt"]);
  expect(await sample.read("new.txt")).toBe("mine, untracked\n");
  await rm(join(sample.root, "new.txt"));
  await sample.write("new.txt/inside.txt", "mine, in a folder\n");
  await dirty(["new.txt/inside.txt"]);
  await rm(join(sample.root, "new.txt"), { recursive: true });
  sample.git("update-index", "--assume-unchanged", "edited.txt");
  await sample.write("edited.txt", "hidden from status\n");
  await dirty(["edited.txt"]);
  expect(await sample.read("edited.txt")).toBe("hidden from status\n");
});

test("an ignored file that the change would overwrite is in the way", async () => {
  await writeFile(join(workspace, "secret.env"), "from the agent\n");
  sample.gitIn(workspace, "add", "--force", "secret.env");
  sample.gitIn(workspace, "commit", "--quiet", "-m", "Force");
  candidate = await take();
  expect(candidate.files.map(({ path }) => path)).toContain("secret.env");
  await sample.write("secret.env", "the user's own\n");
  expect(await merge(candidate)).toMatchObject({ type: "target.dirty", files: ["secret.env"] });
  expect(await sample.read("secret.env")).toBe("the user's own\n");
});

test("a target that nobody has checked out moves as a ref", async () => {
  sample.git("branch", "release");
  await sample.write("edited.txt", "dirty, but on another branch\n");
  expect(await merge(candidate, "release")).toMatchObject({
    type: "candidate.merged",
    checkout: "untouched",
  });
  expect(head("release")).toBe(candidate.commit);
  expect(head()).toBe(sample.base);
});

test("a target that another worktree has checked out is updated there, or waits there", async () => {
  sample.git("branch", "release");
  const other = join(sample.folder, "other checkout");
  sample.git("worktree", "add", "--quiet", other, "release");
  await writeFile(join(other, "edited.txt"), "dirty\n");
  expect(await merge(candidate, "release")).toMatchObject({
    type: "target.dirty",
    files: ["edited.txt"],
    detail: expect.stringContaining(other),
  });
  sample.gitIn(other, "checkout", "--quiet", "edited.txt");
  expect(await merge(candidate, "release")).toMatchObject({ type: "candidate.merged", checkout: "updated" });
  expect(sample.gitIn(other, "status", "--porcelain")).toBe("");
  expect(sample.git("status", "--porcelain")).toBe("");
});

test("a target that has moved is not merged into", async () => {
  const moved = sample.commit("Move on");
  expect(await merge(candidate)).toEqual({ type: "target.moved", head: moved });
  expect(await merge({ ...candidate, base: moved })).toMatchObject({
    type: "work.failed",
    kind: "not-rebased",
  });
  expect(await merge(await rebased())).toMatchObject({ type: "candidate.merged" });
});

test("any other tree than the approved one is refused", async () => {
  const tree = sample.git("rev-parse", `${sample.base}^{tree}`);
  expect(await merge({ ...candidate, tree })).toMatchObject({ type: "work.failed", kind: "tree-mismatch" });
  expect(head()).toBe(sample.base);
});

test("a checkout in the middle of a merge or of a rebase of the target is left alone", async () => {
  sample.git("checkout", "--quiet", "-b", "side");
  await sample.write("other.txt", "side\n");
  sample.commit("Side");
  sample.git("checkout", "--quiet", "main");
  await sample.write("other.txt", "main\n");
  const moved = sample.commit("Main");
  candidate = await rebased();
  expect(() => sample.git("merge", "side")).toThrow();
  const inTheMiddle = { type: "target.dirty", detail: expect.stringContaining("in the middle") };
  expect(await merge(candidate)).toMatchObject(inTheMiddle);
  sample.git("merge", "--abort");
  expect(() => sample.git("rebase", "side")).toThrow();
  expect(await merge(candidate)).toMatchObject(inTheMiddle);
  sample.git("rebase", "--abort");
  expect(head()).toBe(moved);
  expect(await merge(candidate)).toMatchObject({ type: "candidate.merged" });
});

test("after the merge the worktree closes, and the branch and refs are gone", async () => {
  const merged = await rebased();
  await merge(merged);
  const close = {
    type: "workspace.close",
    task: "t1",
    workspace,
    repository: sample.root,
    merged: merged.commit,
  } as const;
  expect(await sample.work(close)).toEqual({ type: "workspace.closed" });
  expect(sample.git("for-each-ref", "--format=%(refname)")).toBe("refs/heads/main");
});
