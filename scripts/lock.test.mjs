import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { withLock } from "./lock.mjs";

let folder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tutti-lock-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("processes hold a lock one after the other", async () => {
  const log = join(folder, "log");
  writeFileSync(log, "");
  const program = `
    import { appendFileSync } from "node:fs";
    import { withLock } from ${JSON.stringify(import.meta.resolve("./lock.mjs"))};
    const say = (word) => appendFileSync(${JSON.stringify(log)}, word + process.pid + "\\n");
    await withLock(${JSON.stringify(join(folder, "lock"))}, async () => {
      say("in ");
      for (let turns = 0; turns < 50; turns++) await new Promise(setImmediate);
      say("out ");
    });`;
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ["--input-type=module", "-e", program]),
  );
  await Promise.all(children.map((child) => once(child, "exit")));
  const lines = readFileSync(log, "utf8").trim().split("\n");
  expect(lines).toHaveLength(8);
  for (let i = 0; i < lines.length; i += 2) expect(lines[i + 1]).toBe(lines[i].replace("in ", "out "));
});

test("a lock whose holder has died is taken away", async () => {
  const path = join(folder, "lock");
  const gone = spawn(process.execPath, ["-e", ""]);
  await once(gone, "exit");
  writeFileSync(path, String(gone.pid));
  expect(await withLock(path, async () => "mine")).toBe("mine");
  expect(existsSync(path)).toBe(false);
});

test("a failure gives the lock back", async () => {
  const path = join(folder, "lock");
  await expect(withLock(path, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  expect(existsSync(path)).toBe(false);
});
