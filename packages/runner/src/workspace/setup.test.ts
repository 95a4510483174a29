import { existsSync } from "node:fs";
import { readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { WorkRequest, WorkResult } from "@tutti/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type SampleRepository, sampleRepository } from "./sample-repository.ts";

let sample: SampleRepository;
let workspace: string;
beforeEach(async () => {
  sample = await sampleRepository({ ".gitignore": ".env*\nconfig/\n", "tracked.txt": "t\n" });
  workspace = await sample.open("t1");
});
afterEach(() => sample.remove());

function setUp(more: Partial<Extract<WorkRequest, { type: "workspace.set-up" }>>): Promise<WorkResult> {
  return sample.work({
    type: "workspace.set-up",
    task: "t1",
    workspace,
    repository: sample.root,
    commands: [],
    copy: [],
    timeoutSeconds: 60,
    ...more,
  });
}

const status = () => sample.gitIn(workspace, "status", "--porcelain");

test("commands run in order in the worktree, up to the first that fails", async () => {
  const result = await setUp({ commands: ["pwd", "echo no; exit 3", "echo never"] });
  expect(result).toMatchObject({
    type: "workspace.ready",
    steps: [
      { command: "pwd", exitCode: 0, output: { text: `${workspace}\n`, cut: 0 } },
      { exitCode: 3, timedOut: false, output: { text: "no\n" } },
    ],
    copied: [],
  });
});

test("what set-up makes is no part of the change, and what it alters is put back", async () => {
  await setUp({
    commands: [
      "mkdir -p deps/inner && echo x > deps/inner/file && echo altered > tracked.txt && echo y > loose.txt",
    ],
  });
  expect(status()).toBe("");
  expect(existsSync(join(workspace, "deps/inner/file"))).toBe(true);
  expect(await readFile(join(workspace, "tracked.txt"), "utf8")).toBe("t\n");
});

test("set up again, it leaves the work in the worktree alone", async () => {
  await setUp({ commands: ["mkdir deps; touch deps/a"] });
  await writeFile(join(workspace, "tracked.txt"), "work\n");
  await writeFile(join(workspace, "new.txt"), "work\n");
  await setUp({ commands: ["touch deps/b"] });
  expect(status()).toBe("M tracked.txt\n?? new.txt");
});

test("a command that hangs is ended at its limit", async () => {
  expect(await setUp({ commands: ["sleep 1000"], timeoutSeconds: 1 })).toMatchObject({
    steps: [{ exitCode: null, timedOut: true }],
  });
});

test("ignored files that are asked for come along, without following links, and never over what is there", async () => {
  await sample.write(".env", "SECRET=1\n");
  await sample.write(".env.local", "LOCAL=1\n");
  await sample.write("config/deep/own.json", "{}\n");
  await writeFile(join(sample.folder, "outside.txt"), "outside\n");
  await symlink(join(sample.folder, "outside.txt"), join(sample.root, ".env.link"));
  await writeFile(join(workspace, ".env.local"), "the worktree's own\n");
  const result = await setUp({ copy: [".env*", "config/**"] });
  expect(result).toMatchObject({ copied: [".env", ".env.local", "config/deep/own.json"] });
  expect(await readFile(join(workspace, ".env"), "utf8")).toBe("SECRET=1\n");
  expect(await readFile(join(workspace, ".env.local"), "utf8")).toBe("the worktree's own\n");
  expect(existsSync(join(workspace, ".env.link"))).toBe(false);
  expect(status()).toBe("");
});

test("copies from outside, and copies that would enter the change, are refused", async () => {
  expect(await setUp({ copy: ["../outside.txt"] })).toMatchObject({ kind: "bad-copy" });
  expect(await setUp({ copy: ["/etc/passwd"] })).toMatchObject({ kind: "bad-copy" });
  await sample.write("notes.txt", "n\n");
  expect(await setUp({ copy: ["notes.txt"] })).toMatchObject({
    kind: "copy-not-ignored",
    message: expect.stringContaining("notes.txt"),
  });
  expect(existsSync(join(workspace, "notes.txt"))).toBe(false);
});
