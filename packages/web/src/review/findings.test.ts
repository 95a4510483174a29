import type { TaskState } from "@tutti/core";
import { expect, test } from "vitest";
import { findingsOf, proofOf, tallyOf, wordsOf } from "./findings.ts";

type Found = TaskState["findings"][number] & { by?: "person" };

const overdue = "A todo due today shows as overdue west of UTC";
const found = (claim: string, round: number, more: Partial<Found> = {}): Found => ({
  severity: "blocking",
  file: "src/due.ts",
  line: 14,
  claim,
  evidence: "$ npm test\n1 failed",
  round,
  ...more,
});
const verdict = (round: number): TaskState["verdict"] => ({
  ...{ approved: true, tree: "t", findings: [], reviewer: "r", implementerVendors: [], reviewerVendors: [] },
  ...{ patchId: "p", round },
});
const outcomes = (findings: Found[], round: number) =>
  findingsOf({ findings, verdict: verdict(round) }, ["c1", "c2", "c3"]).map(({ outcome }) => outcome);

test("a finding is open until a later review does not name it", () => {
  expect(outcomes([found(overdue, 1)], 1)).toEqual([{ kind: "open" }]);
  expect(outcomes([found(overdue, 1)], 2)).toEqual([{ kind: "fixed", commit: "c2" }]);
});

test("one that is named again in other words stays open, and is one", () => {
  const again = found("Due today still shows as overdue, west of UTC", 2, { line: 19 });
  const all = findingsOf({ findings: [found(overdue, 1), again], verdict: verdict(2) }, ["c1", "c2"]);
  expect(all).toMatchObject([
    { number: 1, round: 2, commit: "c2", outcome: { kind: "open" }, finding: { line: 19 } },
  ]);
});

test("another defect of the file is another finding", () => {
  expect(outcomes([found(overdue, 1), found("Sorts years of five digits wrongly", 2)], 2)).toEqual([
    { kind: "fixed", commit: "c2" },
    { kind: "open" },
  ]);
});

test("notes block nothing; what a person sent back waits for the next review", () => {
  expect(outcomes([found("Could be shorter", 1, { severity: "note" })], 2)).toEqual([{ kind: "noted" }]);
  const asked = [found("Say why in a comment", 2, { by: "person" })];
  expect(outcomes(asked, 2)).toEqual([{ kind: "open" }]);
  expect(outcomes(asked, 3)).toEqual([{ kind: "fixed", commit: "c3" }]);
  expect(tallyOf(findingsOf({ findings: asked, verdict: verdict(3) }, []))).toEqual({
    ...{ found: 1, fixed: 1, open: 0, noted: 0 },
  });
});

test.each([
  [
    `${overdue}: \`new Date()\` is midnight in UTC. It is red.`,
    overdue,
    "`new Date()` is midnight in UTC. It is red.",
  ],
  ["One sentence.", "One sentence", ""],
  ["Uses a.b.c wrongly. Twice", "Uses a.b.c wrongly", "Twice"],
])("%s", (claim, title, body) => {
  expect(wordsOf(claim)).toEqual({ title, body });
});

test("a long sentence is cut at a word and stands whole below", () => {
  const claim = "word ".repeat(40).trim();
  const { title, body } = wordsOf(claim);
  expect(title.length).toBeLessThanOrEqual(91);
  expect(title.endsWith("word…")).toBe(true);
  expect(body).toBe(claim);
});

test("evidence tells its command and what came of it", () => {
  expect(proofOf("$ npm test due\n FAIL\n 1 failed | 12 passed\n")).toMatchObject({
    command: "npm test due",
    said: "1 failed | 12 passed",
  });
  expect(proofOf("line 3 says so")).toMatchObject({ command: null, said: "" });
});
