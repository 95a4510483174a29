import type { Event, LoggedEvent, Phase } from "@tutti/core";
import { describe, expect, it } from "vitest";
import { score, stageWeight } from "./score.ts";

const person = { kind: "person", name: "Jo" } as const;
const sha = (letter: string) => letter.repeat(40);

function log(...events: Event[]): LoggedEvent[] {
  return events.map((event, at) => ({
    ...{ session: "root", seq: at + 1, position: at + 1 },
    at: new Date(Date.UTC(2026, 2, 14, 13, at, 0)).toISOString(),
    by: person,
    event,
  }));
}
const moved = (phase: Phase, round = 0): Event => ({
  type: "task.moved",
  task: "a",
  phase,
  round,
  detail: "",
});
const assigned = (role: "implementer" | "reviewer", session: string): Event => ({
  ...{ type: "task.assigned", task: "a" },
  assignment: { role, session, harness: "some", model: null, vendor: null },
});
const ended = (outcome: "merged" | "checks-failed" | "declined"): Event => ({
  ...{
    type: "task.ended",
    task: "a",
    outcome,
    detail: "",
    mergedCommit: outcome === "merged" ? sha("a") : null,
  },
});
const check = (exitCode: number): Event[] => [
  {
    ...{ type: "work.requested", work: "w" },
    request: {
      ...{ type: "check.run", task: "a", workspace: "/w", commit: sha("a"), tree: sha("b") },
      ...{ checks: [], keep: false },
    },
  },
  {
    ...{ type: "work.finished", work: "w" },
    result: {
      type: "check.finished",
      evidence: [
        {
          ...{
            name: "tests",
            command: "npm test",
            exitCode,
            timedOut: false,
            durationMs: 1,
            treeHash: sha("b"),
          },
          ...{ output: { text: "", cut: 0 }, changedFiles: [], cached: false },
        },
      ],
    },
  },
];
const options = { isPreapproved: false };
const shown = (events: LoggedEvent[]) =>
  score(events, "a", options).map(({ name, state }) => `${name} ${state}`);

describe("the score", () => {
  const untilFix = [
    moved("preparing"),
    moved("implementing"),
    assigned("implementer", "author"),
    moved("checking"),
    moved("reviewing"),
    assigned("reviewer", "reviewer-1"),
    moved("fixing", 1),
    moved("checking", 1),
    moved("reviewing", 1),
  ];

  it("shows what was done, what goes on, and what comes next", () => {
    expect(shown(log(...untilFix))).toEqual([
      "Implement done",
      "Checks done",
      "Review done",
      "Fix done",
      "Checks done",
      "Check the fix running",
      "You decide next",
    ]);
  });

  it("knows whose a stage is and where its events begin", () => {
    const [implement, checks, review, fix] = score(log(...untilFix), "a", options);
    expect([implement?.session, checks?.session, review?.session, fix?.session]).toEqual([
      "author",
      null,
      "reviewer-1",
      "author",
    ]);
    expect(implement?.position).toBe(2);
    expect((implement?.endedAt ?? 0) - (implement?.startedAt ?? 0)).toBe(120_000);
  });

  it("begins with what is to come", () => {
    expect(shown(log(moved("preparing")))).toEqual([
      "Prepare running",
      "Implement next",
      "Checks next",
      "Review next",
      "You decide next",
    ]);
    expect(score(log(moved("preparing")), "a", { isPreapproved: true }).at(-1)?.name).toBe("Merge");
  });

  it("shows that checks failed", () => {
    expect(shown(log(moved("implementing"), moved("checking"), ...check(1), moved("fixing", 1)))[1]).toBe(
      "Checks failed",
    );
  });

  it("waits for the person, then tells how it ended", () => {
    expect(shown(log(moved("implementing"), moved("rebasing"), moved("consenting")))).toEqual([
      "Implement done",
      "You decide you",
    ]);
    expect(shown(log(moved("implementing"), moved("consenting"), moved("merging"), ended("merged")))).toEqual(
      ["Implement done", "You decide done", "Merged merged"],
    );
    expect(shown(log(moved("implementing"), moved("checking"), ended("checks-failed"))).at(-1)).toBe(
      "Failed failed",
    );
    expect(shown(log(moved("consenting"), ended("declined")))).toEqual(["You decide done", "Declined done"]);
  });

  it("folds older rounds so that seven columns remain", () => {
    const second = [moved("fixing", 2), moved("checking", 2), moved("reviewing", 2)];
    expect(shown(log(...untilFix, ...second))).toEqual([
      "Rounds 1 to 2 done",
      "Fix done",
      "Checks done",
      "Check the fix running",
      "You decide next",
    ]);
  });

  it("gives longer stages more room", () => {
    const [implement, checks] = score(log(...untilFix), "a", options);
    if (!implement || !checks) throw new Error("no stages");
    expect(stageWeight(implement)).toBeGreaterThan(stageWeight(checks));
  });
});
