import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const script = fileURLToPath(new URL("chromium.mjs", import.meta.url));
let folder;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tutti-chromium-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function find(env) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
    env: { PATH: folder, ...env },
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

function program(name) {
  const path = join(folder, name);
  writeFileSync(path, "#!/bin/sh\n");
  chmodSync(path, 0o755);
  return path;
}

test("a browser that is named, else one on the PATH, is found; without one it says how to get it", () => {
  if (process.platform !== "darwin")
    expect(find({})).toEqual({
      status: 1,
      stdout: "",
      stderr: expect.stringMatching(/^no Chromium on this machine: .+\n$/),
    });
  const onPath = program("google-chrome-stable");
  expect(find({})).toEqual({ status: 0, stdout: `${onPath}\n`, stderr: "" });
  const named = program("my-browser");
  expect(find({ TUTTI_CHROMIUM: named }).stdout).toBe(`${named}\n`);
  expect(find({ TUTTI_CHROMIUM: join(folder, "gone") }).status).toBe(1);
});
