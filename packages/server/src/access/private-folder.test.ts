import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ensurePrivateFolder } from "./private-folder.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tutti-private-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("a folder is made for its owner alone", async () => {
  const made = path.join(folder, "a", "b");
  await ensurePrivateFolder(made);
  await ensurePrivateFolder(made);
  expect((await stat(made)).mode & 0o777).toBe(0o700);
});

test("one that others may enter is refused with what to do, and stays as it is", async () => {
  for (const mode of [0o755, 0o710, 0o701, 0o770]) {
    await chmod(folder, mode);
    await expect(ensurePrivateFolder(folder)).rejects.toThrow(`chmod 700 ${folder}`);
    expect((await stat(folder)).mode & 0o777).toBe(mode);
  }
});

test("what is no folder is refused", async () => {
  await mkdir(path.join(folder, "a"));
  await writeFile(path.join(folder, "file"), "");
  await expect(ensurePrivateFolder(path.join(folder, "file"))).rejects.toThrow();
});

test.runIf(process.getuid?.() === 0)("somebody else's is refused", async () => {
  const { chown } = await import("node:fs/promises");
  await chown(folder, 1234, 1234);
  await expect(ensurePrivateFolder(folder)).rejects.toThrow("not a folder of yours");
});
