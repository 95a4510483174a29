import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isMetered } from "./metered.ts";
import { priceOf } from "./price.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tutti-pi-"));
});
afterEach(() => rm(folder, { recursive: true }));

const logins = {
  "openai-codex": { type: "oauth", access: "a", refresh: "r", expires: 1 },
  anthropic: { type: "oauth", access: "a", refresh: "r", expires: 1 },
  openai: { type: "api_key", key: "k" },
};

test.each([
  ["openai-codex", false],
  ["anthropic", true],
  ["openai", true],
  ["nobody", true],
])("a login for %s is metered: %s", async (provider, metered) => {
  await writeFile(join(folder, "auth.json"), JSON.stringify(logins));
  expect(await isMetered({ id: "m", provider }, { PI_CODING_AGENT_DIR: folder })).toBe(metered);
});

test("what can't be read counts as paid for", async () => {
  const model = { id: "m", provider: "openai-codex" };
  expect(await isMetered(model, { PI_CODING_AGENT_DIR: folder })).toBe(true);
  await writeFile(join(folder, "auth.json"), "{");
  expect(await isMetered(model, { PI_CODING_AGENT_DIR: folder })).toBe(true);
  expect(await isMetered(undefined, { PI_CODING_AGENT_DIR: folder })).toBe(true);
});

test("what a plan covers is told at list price, as not metered", () => {
  const usage = { input: 10, output: 2, cacheRead: 3, cacheWrite: 0, cost: { total: 0.5 } };
  expect(priceOf("m", usage, false)).toEqual({ costUsd: 0.5, costSource: "subscription" });
  expect(priceOf("m", usage, true)).toEqual({ costUsd: 0.5, costSource: "list" });
  const without = { ...usage, cost: { total: 0 } };
  expect(priceOf("nobody-lists-this", without, false)).toEqual({ costUsd: null, costSource: "subscription" });
  expect(priceOf("nobody-lists-this", without, true)).toEqual({ costUsd: null, costSource: "unknown" });
});
