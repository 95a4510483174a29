import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { rescueWorktree } from "./rescue.ts";
import { type SampleRepository, sampleRepository } from "./sample-repository.ts";

let repository: SampleRepository;
beforeEach(async () => {
  repository = await sampleRepository({ "a.txt": "one\n" });
});
afterEach(() => repository.remove());

test("what a worktree holds is kept under a ref, uncommitted files too, and nothing in it moves", async () => {
  const workspace = await repository.open("t1");
  await writeFile(join(workspace, "a.txt"), "two\n");
  await writeFile(join(workspace, "new.txt"), "new\n");
  const { stateFolder } = repository;
  const kept = await rescueWorktree({ stateFolder, session: "s1", task: "t1", workspace }, new Date(0));
  if (kept.type !== "rescued") throw new Error(kept.message);
  expect(repository.git("show", `${kept.ref}:a.txt`)).toBe("two");
  expect(repository.git("show", `${kept.ref}:new.txt`)).toBe("new");
  expect(repository.gitIn(workspace, "status", "--porcelain")).toBe("M a.txt\n?? new.txt");
});

test("a folder that is no task's is not kept", async () => {
  await repository.open("t1");
  const { stateFolder, root } = repository;
  expect(
    await rescueWorktree({ stateFolder, session: "s1", task: "t1", workspace: root }, new Date(0)),
  ).toMatchObject({ type: "work.failed", kind: "foreign-workspace" });
});
