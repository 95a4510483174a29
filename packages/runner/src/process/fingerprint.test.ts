import type { ToolCall } from "@tutti/core";
import { expect, test } from "vitest";
import { fingerprint } from "./fingerprint.ts";

type Fingerprinted = Pick<ToolCall, "kind" | "name" | "input" | "cwd">;
const call: Fingerprinted = {
  kind: "shell",
  name: "Bash",
  input: { command: "ls", n: [1, { b: 2, a: 1 }] },
  cwd: "/w",
};

test("the order of keys does not matter, everything else does", () => {
  const reordered = { ...call, input: { n: [1, { a: 1, b: 2 }], command: "ls" } };
  expect(fingerprint(reordered)).toBe(fingerprint(call));
  expect(fingerprint(call)).toMatch(/^[0-9a-f]{64}$/);
  const others: Fingerprinted[] = [
    { ...call, kind: "other" },
    { ...call, name: "bash" },
    { ...call, cwd: "/x" },
    { ...call, input: { command: "ls", n: [{ b: 2, a: 1 }, 1] } },
  ];
  expect(new Set([call, ...others].map((each) => fingerprint(each))).size).toBe(5);
});
