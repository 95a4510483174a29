import type { ApprovalState, Candidate, Evidence, SessionState, TaskState } from "@tutti/core";
import { expect, test } from "vitest";
import { obstaclesOf, reviewOf, standingOf, taskToShow, viewsOf } from "./review.ts";

const candidate = (commit: string, ...changedSince: string[]): Candidate => ({
  ...{ commit, tree: `tree-${commit}`, base: "base", patchId: "p", flagged: [], changedSince },
  files: [{ path: "due.ts", status: "M", additions: 1, deletions: 1 }],
  diff: { text: "", cut: 0 },
});
const evidence = (tree: string, exitCode = 0): Evidence => ({
  ...{ name: "tests", command: "npm test", exitCode, timedOut: false, durationMs: 1, treeHash: tree },
  ...{ output: { text: "", cut: 0 }, changedFiles: [], cached: false },
});
const finding = {
  severity: "blocking" as const,
  file: "due.ts",
  line: 1,
  claim: "Wrong",
  evidence: "e",
  round: 1,
};

function root(task: Partial<TaskState>, answer?: Partial<ApprovalState>): SessionState {
  const taken = ["one", "two"].map((commit, index) => ({
    id: `take-${index}`,
    request: { type: "candidate.take", task: "t", previous: null },
    result: { type: "candidate.taken", candidate: candidate(commit, ...(index > 0 ? ["due.ts"] : [])) },
  }));
  const opened = ["one", "two"].map((commit) => ({
    ...{ id: `review-${commit}`, result: null, request: { type: "review.open", task: "t", commit } },
  }));
  const subject = {
    ...{ kind: "merge", task: "t", commit: "two", tree: "tree-two", target: "main", head: "base" },
    ...{ evidence: [evidence("tree-two")], warnings: [], remarks: [] },
    verdict: { approved: true, tree: "tree-two", findings: [] },
  };
  return {
    ...{ id: "s", spec: { host: "h" } },
    work: Object.fromEntries([...taken, ...opened].map((one) => [one.id, one])),
    approvals: { m: { id: "m", subject, requestedAt: "", used: false, ...answer } },
    tasks: {
      t: {
        ...{ spec: { id: "t" }, candidate: candidate("two", "due.ts"), findings: [finding], evidence: [] },
        ...{ verdict: { approved: true, tree: "tree-two", round: 2 }, outcome: null, detail: "round 2" },
        ...task,
      },
    },
  } as unknown as SessionState;
}

function shown(state: SessionState) {
  const review = reviewOf(state, "t");
  if (!review) throw new Error("no change");
  return review;
}

test("a task whose merge waits is shown, and nothing stands in the way of a good one", () => {
  const state = root({});
  expect(taskToShow(state)).toBe("t");
  const review = shown(state);
  expect(standingOf(review)).toMatchObject({ kind: "asked" });
  expect(obstaclesOf(review)).toEqual([]);
  expect(review.findings).toMatchObject([{ outcome: { kind: "fixed", commit: "two" }, commit: "one" }]);
});

test("a task without a change has no review", () => {
  expect(reviewOf(root({ candidate: null }), "t")).toBeNull();
});

test("red checks, other trees and open findings stand in the way", () => {
  const state = root({ candidate: candidate("three"), evidence: [evidence("tree-two", 1)] });
  expect(obstaclesOf(shown(state))).toEqual([
    "Checks failed: tests",
    "The checks ran on another tree",
    "The review is for another tree",
  ]);
  const open = root({ verdict: { approved: false, tree: "tree-two", round: 1 } as TaskState["verdict"] });
  expect(obstaclesOf(shown(open))).toEqual(["1 finding is open"]);
});

test("where it stands follows from the answer and from what came after it", () => {
  const by = { kind: "person" as const, name: "jo" };
  const answered = { by, at: "", via: "person" as const };
  expect(standingOf(shown(root({}, { answered: { ...answered, answer: "allow" } }))).kind).toBe("merging");
  expect(standingOf(shown(root({}, { answered: { ...answered, answer: "deny" } }))).kind).toBe("declined");
  const notes = { ...answered, answer: "deny" as const, notes: [finding] };
  expect(standingOf(shown(root({}, { answered: notes })))).toMatchObject({ kind: "sent-back", notes: 1 });
  expect(standingOf(shown(root({ candidate: candidate("three") }, { answered: notes }))).kind).toBe(
    "underway",
  );
  expect(standingOf(shown(root({}, { withdrawn: "closed" })))).toEqual({
    kind: "withdrawn",
    reason: "closed",
  });
  expect(standingOf(shown(root({ outcome: "merged", mergedCommit: "m" })))).toEqual({
    kind: "merged",
    commit: "m",
  });
});

test("there are views of everything, of what came since, and of a fix", () => {
  const views = viewsOf(shown(root({})), ["one"], undefined);
  expect(views.map(({ kind, base, commit }) => [kind, base, commit])).toEqual([
    ["all", "base", "two"],
    ["since", "one", "two"],
    ["fix", "one", "two"],
  ]);
  expect(viewsOf(shown(root({})), ["two"], undefined).map(({ kind }) => kind)).toEqual(["all", "fix"]);
});
