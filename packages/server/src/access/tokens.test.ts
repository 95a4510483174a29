import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openAccess, tokenFile } from "./tokens.ts";

let stateDir: string;
beforeEach(async () => {
  stateDir = await mkdtemp(path.join(tmpdir(), "tutti-access-"));
});
afterEach(() => rm(stateDir, { recursive: true, force: true }));

const token = async (scope: "person" | "runner") =>
  (await readFile(tokenFile(stateDir, scope), "utf8")).trim();

test("tokens are made once, for their owner alone, and say what their holder may do", async () => {
  const accesses = await Promise.all(Array.from({ length: 8 }, () => openAccess(stateDir)));
  for (const scope of ["person", "runner"] as const) {
    expect((await stat(tokenFile(stateDir, scope))).mode & 0o777).toBe(0o600);
    for (const access of accesses) expect(access.scopeOf(`Bearer ${await token(scope)}`)).toBe(scope);
  }
});

test("anything else is no credential", async () => {
  const access = await openAccess(stateDir);
  const person = await token("person");
  for (const header of [
    undefined,
    "",
    "Bearer",
    person,
    `Basic ${person}`,
    `Bearer ${person}x`,
    `Bearer ${person} x`,
  ])
    expect(access.scopeOf(header)).toBeUndefined();
});

test("a token that others may read, or that is none, is refused", async () => {
  await openAccess(stateDir);
  await chmod(tokenFile(stateDir, "person"), 0o644);
  await expect(openAccess(stateDir)).rejects.toThrow(/may be read by others/);
  await chmod(tokenFile(stateDir, "person"), 0o600);
  await writeFile(tokenFile(stateDir, "runner"), "");
  await expect(openAccess(stateDir)).rejects.toThrow(/holds no secret/);
});
