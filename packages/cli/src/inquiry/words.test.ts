import type {
  Explanation,
  LoggedEvent,
  PolicyCheckAnswer,
  PolicyTestReport,
  SessionState,
} from "@tutti/core";
import { expect, test } from "vitest";
import { story } from "../request/story.ts";
import type { Line } from "../terminal/text.ts";
import { checkLines, explanationLines, findingLine, shadowLines, testLines } from "./words.ts";

const text = (lines: readonly Line[]): string[] =>
  lines.map((line) => line.map((span) => (typeof span === "string" ? span : span.text)).join(""));

const asked: PolicyCheckAnswer = {
  verdict: "ask",
  policy: ["no-rush"],
  reason: "It is \u001b[31mlate.",
  effect: ["It deploys."],
  weight: "irreversible",
  alternative: "Wait.",
  rule: { key: "k", words: "deploys of shop" },
  decision: {
    ...{ effect: "ask", reason: "It is late.", policies: ["no-rush"] },
    reported: [{ policy: "one-day", effect: "deny", reason: "Never." }],
  },
  actions: [],
  notes: ["rules about models are not asked"],
};

test("a verdict says who, why, what would happen, and what is safer; what comes from outside steers no terminal", () => {
  expect(text(checkLines(asked))).toEqual([
    "? ask  no-rush",
    "  It is late.",
    "  would: It deploys.",
    "  weight: irreversible",
    "  safer: Wait.",
    "  a yes for all alike would allow deploys of shop",
    "  would have been denied: Never. (one-day)",
    "  rules about models are not asked",
  ]);
  const allowed: PolicyCheckAnswer = {
    ...{ ...asked, verdict: "allow", policy: [], reason: null, alternative: null, notes: [] },
    decision: { effect: "allow" },
  };
  expect(text(checkLines(allowed))).toEqual(["✓ allow", "  would: It deploys."]);
});

const explanation: Explanation = {
  ...{ session: "k7f", seq: 12, at: "2030-01-01T00:00:00.000Z", by: { kind: "runner", name: "here" } },
  ...{ kind: "tool", what: "deploy now", differs: true, notes: ["It changed since."] },
  recorded: { effect: "ask", reason: "Late.", policies: ["no-rush"] },
  today: { effect: "allow" },
  actions: [
    {
      phase: "tool-call",
      decision: { effect: "allow" },
      votes: [
        {
          ...{ policy: "no-rush", level: "server", shadow: false, params: { from: 22 } },
          ...{ before: { seen: 1 }, after: { seen: 2 } },
          ruling: { effect: "allow", reason: null, weight: null, alternative: null },
        },
        {
          ...{ policy: "one-day", level: "agent", shadow: true, params: {} },
          ruling: { effect: "deny", reason: "Never.", weight: null, alternative: null },
        },
        { policy: "other", level: "server", shadow: false, params: {}, ruling: null },
      ],
    },
  ],
  question: {
    ...{ approval: "q", answer: "deny", by: { kind: "person", name: "ada" }, via: "person" },
    ...{ at: "2030-01-01T00:01:00.000Z", reason: "no", withdrawn: null },
  },
};

test("an explanation shows the recorded and today's decision, every vote, and who answered", () => {
  expect(text(explanationLines(explanation))).toEqual([
    "deploy now",
    "  tool, event 12 of session k7f, 2030-01-01T00:00:00.000Z",
    "  decided  ? ask  Late. (no-rush)",
    "  today    ✓ allow",
    "  question no by ada: no  q",
    "  It changed since.",
    "",
    "tool-call  ✓ allow",
    "  ✓ allow  no-rush  server",
    '      with {"from":22}',
    '      remembers {"seen":2}, before {"seen":1}',
    "  would deny  one-day  agent, only reports  Never.",
    "  no opinion: other",
  ]);
});

test("a replay lists what would have come out otherwise, with examples", () => {
  const report: PolicyTestReport = {
    ...{ sessions: 2, judged: 10, same: 8, drifted: 1, notes: ["A note."] },
    changes: [
      {
        ...{ from: "allow", to: "deny", subject: "tool", policies: ["new.yaml"], count: 2 },
        examples: [{ session: "k7f", seq: 3, at: "2030-01-01T00:00:00.000Z", what: "rm x", reason: "No." }],
      },
    ],
  };
  expect(text(testLines(report))).toEqual([
    "10 calls, pushes and turns of 2 sessions: 8 come out the same, 2 do not.",
    "",
    "allow → deny  2 × tool  new.yaml",
    "  rm x  No.  k7f event 3",
    "",
    expect.stringMatching(/^1 come out otherwise than the log says/),
    "A note.",
  ]);
});

test("what only reports, and what is wrong with the audit, is one line each", () => {
  const example = { session: "k7f", seq: 3, at: "2030-01-01T00:00:00.000Z", what: "rm x", reason: "No." };
  expect(
    text(
      shadowLines({ rules: [{ policy: "p", effect: "ask", count: 1, sessions: 1, examples: [example] }] }),
    ),
  ).toEqual(["p  would have asked 1 time in 1 session", "  rm x  No.  k7f event 3"]);
  const finding = { kind: "gap" as const, n: 6, session: null, seq: null, message: "row 5 is missing" };
  expect(text([findingLine(finding)])).toEqual(["gap            row 5 is missing"]);
});

test("the story tells what a rule that only reports would have done", () => {
  const logged: LoggedEvent = {
    ...{ session: "k7f", seq: 3, position: 3, at: "2030-01-01T00:00:00.000Z" },
    by: { kind: "runner", name: "here" },
    event: {
      ...{ type: "tool.requested", turn: "t", identity: "i" },
      call: { id: "c", kind: "shell", name: "Bash", input: {}, command: "deploy", fingerprint: "i" },
      decision: { effect: "allow", reported: [{ policy: "late", effect: "ask", reason: "It is late." }] },
    },
  };
  const state = { createdAt: logged.at, tasks: {}, approvals: {}, spec: {} } as unknown as SessionState;
  const lines = story(logged, { root: state, session: state, titles: (name) => ({ title: name }) as never });
  expect(text(lines.map((line) => line.text))).toEqual([
    "$ deploy",
    "  would have asked: It is late. (late)",
  ]);
});
