import { mkdir, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { realPath } from "./real-path.ts";

test("symlinks are resolved as far as the path exists", async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "tutti-real-path-")));
  try {
    await mkdir(join(folder, "there"));
    await symlink(join(folder, "there"), join(folder, "link"));
    expect(await realPath("link/new/file.txt", folder)).toBe(join(folder, "there/new/file.txt"));
    expect(await realPath(join(folder, "link/../link"), "/")).toBe(join(folder, "there"));
    expect(await realPath("../x", join(folder, "nowhere"))).toBe(join(folder, "x"));
  } finally {
    await rm(folder, { recursive: true });
  }
});
