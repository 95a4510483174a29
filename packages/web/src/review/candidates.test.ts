import type { Candidate } from "@tutti/core";
import { expect, test } from "vitest";
import { isUnchangedSince } from "./candidates.ts";

const candidate = (tree: string, ...changedSince: string[]) =>
  ({ tree, changedSince }) as unknown as Candidate;

test("a file is as it was seen until a later candidate changes it", () => {
  const all = [candidate("a"), candidate("b", "due.ts"), candidate("c", "list.ts")];
  expect(isUnchangedSince("due.ts", "a", all)).toBe(false);
  expect(isUnchangedSince("due.ts", "b", all)).toBe(true);
  expect(isUnchangedSince("list.ts", "b", all)).toBe(false);
  expect(isUnchangedSince("row.ts", "a", all)).toBe(true);
  expect(isUnchangedSince("row.ts", "unknown", all)).toBe(false);
});
