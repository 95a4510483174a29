import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readableFolders } from "./readable-folders.ts";

it("shows what is on PATH, but for the system's own folders and Tutti's state", async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "tutti-readable-")));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const [home, stateFolder, tools] = [join(folder, "home"), join(folder, "state"), join(folder, "tools")];
  for (const each of [home, join(stateFolder, "bin"), tools]) await mkdir(each, { recursive: true });
  const PATH = [
    ...["/usr/local/bin", "/usr/bin", "/sbin", "/bin", tools],
    ...[home, join(stateFolder, "bin"), join(folder, "gone"), "relative"],
  ].join(":");
  expect(await readableFolders({ environment: { HOME: home, PATH }, home, stateFolder }, [])).toEqual([
    tools,
  ]);
});
