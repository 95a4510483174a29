import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "../database/testing.ts";
import { openSignIns, type SignIns } from "./sign-ins.ts";

let database: TestDatabase;
let time: number;
let signIns: SignIns;
const now = () => new Date(time);
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.pool.query("delete from sign_ins");
  time = Date.parse("2026-01-01T00:00:00Z");
  signIns = openSignIns(database, now);
});

const minute = 60_000;
const day = 24 * 60 * minute;
async function signedIn(browser = "a browser"): Promise<string> {
  const signed = await signIns.signIn(signIns.makeLink().code, browser);
  if (!signed) throw new Error("not signed in");
  return signed.secret;
}

test("a link signs in once, of many at once too", async () => {
  const { code, expiresAt } = signIns.makeLink();
  expect(expiresAt.getTime()).toBe(time + 5 * minute);
  const tries = await Promise.all(Array.from({ length: 10 }, () => signIns.signIn(code, "x")));
  expect(tries.filter(Boolean)).toHaveLength(1);
  expect(await signIns.list()).toHaveLength(1);
});

test("a link ends after five minutes, with a restart, and when too many wait", async () => {
  const late = signIns.makeLink().code;
  time += 5 * minute;
  expect(await signIns.signIn(late, "x")).toBeUndefined();
  const kept = signIns.makeLink().code;
  expect(await openSignIns(database, now).signIn(kept, "x")).toBeUndefined();
  for (let count = 0; count < 20; count++) signIns.makeLink();
  expect(await signIns.signIn(kept, "x")).toBeUndefined();
  for (const code of ["", "x", `${kept}x`]) expect(await signIns.signIn(code, "x")).toBeUndefined();
  expect(await signIns.list()).toEqual([]);
});

test("a sign-in survives a restart, lasts thirty days, and leaves no secret in the database", async () => {
  const secret = await signedIn();
  const again = openSignIns(database, now);
  const id = await again.find(secret);
  expect(id).toMatch(/^sign-in-/);
  expect(await again.find(`${secret}x`)).toBeUndefined();
  const { rows } = await database.pool.query("select sign_ins::text as row from sign_ins");
  expect(rows[0].row).not.toContain(secret.split("_")[2]);
  time += 30 * day - 1;
  expect(await signIns.find(secret)).toBe(id);
  time += 1;
  expect(await signIns.find(secret)).toBeUndefined();
  expect(await signIns.list()).toEqual([]);
  // What is over is removed by the next one.
  await signedIn();
  expect((await database.pool.query("select 1 from sign_ins")).rowCount).toBe(1);
});

test("sign-ins are listed with when they were used, and end when revoked", async () => {
  const first = await signedIn("one");
  time += minute;
  await signedIn("two");
  time += 5 * minute;
  const id = await signIns.find(first);
  const list = await signIns.list();
  expect(list.map(({ browser, seenAt }) => [browser, seenAt])).toEqual([
    ["two", "2026-01-01T00:01:00.000Z"],
    ["one", "2026-01-01T00:06:00.000Z"],
  ]);
  expect(await signIns.revoke(id ?? "")).toBe(true);
  expect(await signIns.revoke(id ?? "")).toBe(false);
  expect(await signIns.find(first)).toBeUndefined();
  expect(await signIns.list()).toHaveLength(1);
});

test("of more than a hundred the oldest ends", async () => {
  const first = await signedIn();
  for (let count = 0; count < 99; count++) {
    time += 1;
    await signedIn();
  }
  expect(await signIns.find(first)).toBeDefined();
  time += 1;
  await signedIn();
  expect(await signIns.find(first)).toBeUndefined();
  expect(await signIns.list()).toHaveLength(100);
});
