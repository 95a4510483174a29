import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type SampleRepository, sampleRepository } from "./sample-repository.ts";

let sample: SampleRepository;
let base: string;
let candidate: string;
beforeEach(async () => {
  sample = await sampleRepository({
    ".gitattributes": "secret.txt export-ignore\nversion.txt export-subst\n",
    "secret.txt": "not exported\n",
    "version.txt": "$Format:%H$\n",
    "ünï code.txt": "u\n",
  });
  base = sample.base;
  await sample.write("new.txt", "new\n");
  candidate = sample.commit("Written by the implementer, with reasons");
});
afterEach(() => sample.remove());

async function open(name = "first"): Promise<{ folder: string; diff: string }> {
  const result = await sample.work({
    type: "review.open",
    task: "t1",
    repository: sample.root,
    base,
    commit: candidate,
    name,
  });
  if (result.type !== "review.opened") throw new Error(JSON.stringify(result));
  return { folder: result.folder, diff: result.diff.text };
}

test("the folder holds both trees exactly, as two neutral commits", async () => {
  const { folder, diff } = await open();
  const git = (...args: string[]) => sample.gitIn(folder, ...args);
  expect(git("log", "--format=%an <%ae> %ad|%cn %cd|%s", "--date=short", "--all")).toBe(
    "Tutti <tutti@localhost> 2000-01-01|Tutti 2000-01-01|candidate\nTutti <tutti@localhost> 2000-01-01|Tutti 2000-01-01|base",
  );
  expect(git("rev-parse", "HEAD^{tree}")).toBe(sample.git("rev-parse", `${candidate}^{tree}`));
  expect(git("rev-parse", "HEAD~^{tree}")).toBe(sample.git("rev-parse", `${base}^{tree}`));
  expect(git("status", "--porcelain")).toBe("");
  expect(await readFile(join(folder, "secret.txt"), "utf8")).toBe("not exported\n");
  expect(await readFile(join(folder, "version.txt"), "utf8")).toBe("$Format:%H$\n");
  expect(diff).toContain("+new");
});

test("nothing in it leads back to the repository or its history", async () => {
  const { folder } = await open();
  const git = (...args: string[]) => sample.gitIn(folder, ...args);
  expect(git("remote")).toBe("");
  expect(existsSync(join(folder, ".git", "objects", "info", "alternates"))).toBe(false);
  expect(existsSync(join(folder, ".git", "logs"))).toBe(false);
  expect(existsSync(join(folder, ".git", "hooks"))).toBe(false);
  for (const commit of [base, candidate]) expect(() => git("cat-file", "-e", commit)).toThrow();
  expect(git("for-each-ref", "--format=%(refname)")).toBe("refs/heads/review");
  const files = await readdir(join(folder, ".git"), { recursive: true, withFileTypes: true });
  const small = files.filter((file) => file.isFile() && !/\.(pack|idx|rev)$/.test(file.name));
  for (const file of small) {
    const text = await readFile(join(file.parentPath, file.name), "latin1");
    expect(text).not.toMatch(/implementer|sample|tutti-workspace|Ada/);
  }
});

test("opened again it is as new, and two reviewers have two folders", async () => {
  const { folder } = await open();
  await writeFile(join(folder, "new.txt"), "a reviewer's trial");
  await writeFile(join(folder, "extra.txt"), "a reviewer's trial");
  expect((await open()).folder).toBe(folder);
  expect(sample.gitIn(folder, "status", "--porcelain")).toBe("");
  expect((await open("second")).folder).not.toBe(folder);
});

test("closing removes it, again is no error, and no other folder can be named", async () => {
  const { folder } = await open();
  const close = (path: string) => sample.work({ type: "review.close", task: "t1", folder: path });
  expect(await close(folder)).toEqual({ type: "review.closed" });
  expect(existsSync(folder)).toBe(false);
  expect(await close(folder)).toEqual({ type: "review.closed" });
  for (const path of [sample.root, join(folder, "..", "..", ".."), "/"]) {
    expect(await close(path)).toMatchObject({ kind: "foreign-folder" });
  }
  expect(
    await sample.work({
      type: "review.open",
      task: "t1",
      repository: sample.root,
      base,
      commit: candidate,
      name: "../x",
    }),
  ).toMatchObject({ kind: "bad-name" });
});
