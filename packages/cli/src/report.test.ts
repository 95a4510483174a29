import { foldAll, type LoggedEvent, type SessionState } from "@tutti/core";
import { expect, test } from "vitest";
import { allMerged, report } from "./report.ts";

const tree = "a".repeat(40);
const commit = "b".repeat(40);
const base = "c".repeat(40);

/** A session's state, folded from its events as the log would hold them. */
function session(id: string, ...events: LoggedEvent["event"][]): SessionState {
  const log = events.map(
    (event, index): LoggedEvent => ({
      session: id,
      seq: index + 1,
      position: index + 1,
      at: "2026-01-01T00:00:00.000Z",
      by: { kind: "orchestration", name: "engine" },
      event,
    }),
  );
  const state = foldAll(log);
  if (!state) throw new Error("the log begins with the session's creation");
  return state;
}

const spec = {
  title: "x",
  agent: "polly",
  host: "h",
  tools: [],
  policies: [],
  excludeVendors: [],
  preapproved: [],
};

const root = (...events: LoggedEvent["event"][]) =>
  session(
    "root",
    { type: "session.created", spec: { ...spec, orchestration: { name: "o", version: "1", input: {} } } },
    { type: "task.created", task: { id: "t", text: "do it" }, parallel: 1 },
    ...events,
  );

const child = (id: string, vendor: string, costUsd: number | null) =>
  session(
    id,
    {
      type: "session.created",
      spec: { ...spec, harness: { harness: "h" }, parent: "root", task: "t", role: "implementer" },
    },
    {
      type: "usage.recorded",
      turn: "1",
      usage: {
        model: `${vendor}-1`,
        vendor,
        input: 1,
        cacheRead: 0,
        cacheWrite: 0,
        output: 1,
        costUsd,
        costSource: costUsd === null ? "unknown" : "list",
      },
    },
  );

const assigned = (role: "implementer" | "reviewer", id: string): LoggedEvent["event"] => ({
  type: "task.assigned",
  task: "t",
  assignment: { role, session: id, harness: "h", model: null, vendor: null },
});

test("a request that has just begun has no outcome and nobody in its seats", () => {
  const told = report(root(), []);
  expect(told).toEqual({
    session: "root",
    outcome: null,
    tasks: [
      {
        id: "t",
        outcome: null,
        implementer: null,
        reviewer: null,
        rounds: 0,
        findings: [],
        checks: [],
        verdict: null,
        mergedCommit: null,
        cost: { usd: 0, source: "reported" },
      },
    ],
  });
  expect(allMerged(told)).toBe(false);
});

test("the reviewer is whose verdict counts, and what served is the word of the usage", () => {
  const candidate = {
    commit,
    tree,
    base,
    patchId: "p",
    files: [],
    diff: { text: "", cut: 0 },
    flagged: [],
    changedSince: [],
  };
  const state = root(
    assigned("implementer", "one"),
    assigned("reviewer", "two"),
    assigned("reviewer", "three"),
    {
      type: "work.requested",
      work: "w",
      request: {
        type: "candidate.take",
        task: "t",
        workspace: "/w",
        repository: "/r",
        base,
        message: "m",
        sources: [],
        previous: null,
      },
    },
    { type: "work.finished", work: "w", result: { type: "candidate.taken", candidate } },
    {
      type: "verdict.recorded",
      task: "t",
      round: 1,
      verdict: {
        approved: true,
        tree,
        findings: [{ severity: "note", file: "a", claim: "b", evidence: "" }],
        reviewer: "two",
        implementerVendors: ["north"],
        reviewerVendors: ["south"],
      },
    },
    { type: "task.ended", task: "t", outcome: "merged", detail: "", mergedCommit: commit },
  );
  const told = report(state, [
    child("one", "north", 0.1),
    child("two", "south", 0.2),
    child("three", "east", 0.3),
  ]);
  expect(told.outcome).toBe("merged");
  expect(told.tasks[0]).toMatchObject({
    implementer: { vendor: "north", model: "north-1" },
    reviewer: { vendor: "south", model: "south-1" },
    findings: [{ round: 1, severity: "note" }],
    verdict: { approved: true, treeHash: tree },
    mergedCommit: commit,
    cost: { usd: expect.closeTo(0.6), source: "list" },
  });
  expect(allMerged(told)).toBe(true);
});

test("a cost of which a part is unknown is unknown", () => {
  const told = report(root(), [child("one", "north", 0.1), child("two", "south", null)]);
  expect(told.tasks[0]?.cost).toEqual({ usd: null, source: "unknown" });
});

test("tasks that ended differently have a mixed outcome", () => {
  const state = root(
    { type: "task.created", task: { id: "u", text: "and this" }, parallel: 1 },
    { type: "task.ended", task: "t", outcome: "merged", detail: "", mergedCommit: commit },
    { type: "task.ended", task: "u", outcome: "empty", detail: "", mergedCommit: null },
  );
  expect(report(state, []).outcome).toBe("mixed");
});
