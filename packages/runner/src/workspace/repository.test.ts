import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type SampleRepository, sampleRepository } from "./sample-repository.ts";

let sample: SampleRepository;
beforeEach(async () => {
  sample = await sampleRepository({ "a.txt": "a\n", "b c.txt": "b\n", ".gitignore": "*.log\n" });
});
afterEach(() => sample.remove());

const inspect = (target?: string, path = sample.root) =>
  sample.work({ type: "repository.inspect", path, ...(target && { target }) });

test("a repository tells its head, from any folder inside it", async () => {
  await mkdir(join(sample.root, "deep"));
  expect(await inspect(undefined, join(sample.root, "deep"))).toEqual({
    type: "repository.inspected",
    root: sample.root,
    target: "main",
    head: sample.base,
    tree: sample.git("rev-parse", "HEAD^{tree}"),
    dirty: [],
  });
});

test("uncommitted paths are named, ignored ones are not, and the index is not touched", async () => {
  await sample.write("a.txt", "changed\n");
  await sample.write("b c.txt", "staged\n");
  sample.git("add", "b c.txt");
  await sample.write("new ü.txt", "n\n");
  await sample.write("folder/one.txt", "n\n");
  await sample.write("x.log", "n\n");
  expect(await inspect()).toMatchObject({ dirty: ["a.txt", "b c.txt", "folder/", "new ü.txt"] });
});

test("a named target need not be checked out; HEAD may be detached then", async () => {
  const later = sample.commit("Later");
  sample.git("branch", "release/1", sample.base);
  expect(await inspect("release/1")).toMatchObject({ target: "release/1", head: sample.base });
  sample.git("checkout", "--quiet", "--detach");
  expect(await inspect("main")).toMatchObject({ target: "main", head: later });
  expect(await inspect()).toMatchObject({ type: "work.failed", kind: "detached-head" });
});

test("refusals say what to do", async () => {
  expect(await inspect("no/such")).toMatchObject({ kind: "unknown-branch" });
  expect(await inspect("--evil")).toMatchObject({ kind: "unknown-branch" });
  expect(await inspect(undefined, sample.folder)).toMatchObject({
    kind: "not-a-repository",
    message: expect.stringContaining("git init"),
  });
  expect(await inspect(undefined, join(sample.folder, "nowhere"))).toMatchObject({ kind: "no-such-folder" });
  expect(await inspect(undefined, join(sample.root, ".git"))).toMatchObject({ kind: "inside-git-folder" });
  const empty = join(sample.folder, "empty");
  sample.gitIn(sample.folder, "init", "--quiet", "-b", "main", empty);
  expect(await inspect(undefined, empty)).toMatchObject({ kind: "no-commits" });
});

test("a bare repository and one with sha256 objects are repositories", async () => {
  const bare = join(sample.folder, "bare.git");
  sample.gitIn(sample.folder, "clone", "--quiet", "--bare", sample.root, bare);
  expect(await inspect(undefined, bare)).toMatchObject({
    root: bare,
    target: "main",
    head: sample.base,
    dirty: [],
  });
  const wide = join(sample.folder, "wide");
  sample.gitIn(sample.folder, "init", "--quiet", "-b", "main", "--object-format=sha256", wide);
  sample.gitIn(
    wide,
    "-c",
    "user.name=x",
    "-c",
    "user.email=x@y",
    "commit",
    "--quiet",
    "--allow-empty",
    "-m",
    "x",
  );
  expect(await inspect(undefined, wide)).toMatchObject({ head: expect.stringMatching(/^[0-9a-f]{64}$/) });
});

test("git variables of the caller's surroundings lead nowhere", async () => {
  process.env.GIT_DIR = join(sample.folder, "elsewhere");
  process.env.GIT_INDEX_FILE = join(sample.folder, "elsewhere-index");
  try {
    expect(await inspect()).toMatchObject({ root: sample.root, head: sample.base });
  } finally {
    delete process.env.GIT_DIR;
    delete process.env.GIT_INDEX_FILE;
  }
});
