import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { withFileLock } from "./file-lock.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tutti-lock-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("one holds it at a time, and nothing is left of it", async () => {
  const lock = path.join(folder, "lock");
  let holders = 0;
  await Promise.all(
    Array.from({ length: 10 }, () =>
      withFileLock(lock, async () => {
        expect(++holders).toBe(1);
        await readdir(folder);
        holders -= 1;
      }),
    ),
  );
  await expect(withFileLock(lock, () => Promise.reject(new Error("its own")))).rejects.toThrow("its own");
  expect(await readdir(folder)).toEqual([]);
});

test("the lock of the dead is taken over by one of many, that of a later process under the same pid too", async () => {
  const dead = spawn("true");
  await once(dead, "close");
  for (const holder of [`${dead.pid} 1 x`, `${process.pid} 1 x`, `${process.ppid} 1 x`]) {
    const lock = path.join(folder, "lock");
    await writeFile(lock, holder);
    const counter = path.join(folder, "counter");
    await writeFile(counter, "0");
    const program = `
      import { readFile, writeFile } from "node:fs/promises";
      const { withFileLock } = await import(${JSON.stringify(path.join(import.meta.dirname, "file-lock.ts"))});
      const counter = ${JSON.stringify(counter)};
      for (let turn = 0; turn < 10; turn++)
        await withFileLock(${JSON.stringify(lock)}, async () => {
          await writeFile(counter, String(Number(await readFile(counter, "utf8")) + 1));
        });`;
    const started = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ["--input-type=module", "-e", program], {
        stdio: ["ignore", "ignore", "inherit"],
      }),
    );
    for (const [code] of await Promise.all(started.map((one) => once(one, "close")))) expect(code).toBe(0);
    expect(await readFile(counter, "utf8")).toBe("40");
    expect(await readdir(folder)).toEqual(["counter"]);
  }
});

test("waiting has an end, which names the file", async () => {
  const lock = path.join(folder, "lock");
  await withFileLock(lock, async () => {
    await expect(withFileLock(lock, async () => {}, 0)).rejects.toThrow(lock);
  });
});
