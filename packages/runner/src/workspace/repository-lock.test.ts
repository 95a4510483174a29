import { spawn } from "node:child_process";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { shortHash } from "./layout.ts";
import { withRepositoryLock } from "./repository-lock.ts";
import { type SampleRepository, sampleRepository } from "./sample-repository.ts";

let sample: SampleRepository;
beforeEach(async () => {
  sample = await sampleRepository();
});
afterEach(() => sample.remove());

const repository = () => ({
  root: sample.root,
  commonDir: join(sample.root, ".git"),
  isBare: false,
  objectFormat: "sha1",
});
const lockFile = () => join(sample.stateFolder, "locks", `${shortHash(repository().commonDir)}.lock`);

async function heldBy(pid: number | undefined): Promise<void> {
  await mkdir(join(sample.stateFolder, "locks"), { recursive: true });
  await writeFile(lockFile(), String(pid));
}

test("actions take turns in the order of the calls, and a failing one lets the next in", async () => {
  const order: string[] = [];
  let inside = 0;
  const action = (name: string) => async () => {
    expect(++inside).toBe(1);
    await readdir(sample.root);
    order.push(name);
    inside--;
    if (name === "b") throw new Error("b fails");
    return name;
  };
  const results = await Promise.allSettled(
    ["a", "b", "c"].map((name) => withRepositoryLock(sample.stateFolder, repository(), action(name))),
  );
  expect(order).toEqual(["a", "b", "c"]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(await readdir(join(sample.stateFolder, "locks"))).toEqual([]);
});

test("the lock of a process that is gone is taken over", async () => {
  const child = spawn("true");
  await new Promise((resolve) => child.once("exit", resolve));
  await heldBy(child.pid);
  expect(await withRepositoryLock(sample.stateFolder, repository(), async () => "mine")).toBe("mine");
});

test("the lock of a living process is waited for, and at last refused by name", async () => {
  await heldBy(process.ppid);
  const refused = await withRepositoryLock(sample.stateFolder, repository(), async () => "mine", 30);
  expect(refused).toMatchObject({ kind: "repository-busy", message: expect.stringContaining(lockFile()) });
});
