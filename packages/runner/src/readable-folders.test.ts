import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readableFolders } from "./readable-folders.ts";

test("PATH's folders are named where they are not shown anyway, and never one that HOME lies in", async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "tutti-readable-")));
  try {
    const home = join(folder, "home");
    const stateFolder = join(folder, "state");
    for (const path of ["home/bin", "state/bin", "tools"]) mkdirSync(join(folder, path), { recursive: true });
    const onPath = [
      "/bin",
      "/sbin",
      "/usr/local/bin",
      "/tmp",
      "/",
      folder,
      join(home, "bin"),
      join(stateFolder, "bin"),
    ];
    const environment = {
      HOME: home,
      PATH: [...onPath, `${folder}/tools/`, `${folder}/gone`, "relative"].join(":"),
    };
    expect(await readableFolders({ environment, home, stateFolder }, [stateFolder])).toEqual([
      join(home, "bin"),
      join(folder, "tools"),
      stateFolder,
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
