import { lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Failure } from "./failure.ts";
import { foldersOf, makeFolders } from "./folders.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "tutti-folders-"));
});
afterEach(() => rmSync(home, { recursive: true }));

test("everything lies under TUTTI_HOME, closed to others", () => {
  const folders = foldersOf({ TUTTI_HOME: home });
  expect(folders).toEqual({
    state: join(home, "state"),
    config: join(home, "config"),
    runtime: join(home, "run"),
  });
  mkdirSync(folders.state, { mode: 0o755 });
  makeFolders(folders);
  for (const folder of [folders.state, folders.runtime]) expect(lstatSync(folder).mode & 0o777).toBe(0o700);
});

test("sockets find a short place when the home's path is long", () => {
  const long = join(home, "x".repeat(90));
  const { runtime } = foldersOf({ TUTTI_HOME: long });
  expect(Buffer.byteLength(runtime)).toBeLessThan(60);
  expect(foldersOf({ TUTTI_HOME: long }).runtime).toBe(runtime);
  expect(foldersOf({ TUTTI_HOME: `${long}y` }).runtime).not.toBe(runtime);
});

test("a relative home is refused", () => {
  expect(() => foldersOf({ TUTTI_HOME: "here" })).toThrow(Failure);
});

test("a folder that somebody could have put in the way is refused", () => {
  const folders = foldersOf({ TUTTI_HOME: home });
  symlinkSync(tmpdir(), folders.runtime);
  expect(() => makeFolders(folders)).toThrow(/see who made it/);
});
