import fc from "fast-check";
import { expect, test } from "vitest";
import type { ApprovalSubject } from "../approval.ts";
import { type Event, type LoggedEvent, type SessionSpec, sessionSpecSchema } from "../events.ts";
import { type Outcome, outcomeSchema, phaseSchema } from "../task.ts";
import { activityOf, activitySchema } from "./activity.ts";
import { foldAll } from "./fold.ts";
import type { SessionState } from "./state.ts";

const agent = sessionSpecSchema.parse({ title: "t", agent: "a", host: "h", harness: { harness: "some" } });
const { harness: _, ...led } = agent;
const program: SessionSpec = { ...led, orchestration: { name: "o", version: "1", input: {} } };

function after(spec: SessionSpec, ...events: Event[]): SessionState {
  const log = [{ type: "session.created" as const, spec }, ...events].map(
    (event, index): LoggedEvent => ({
      session: "s",
      ...{ seq: index + 1, position: index + 1, at: new Date(index).toISOString() },
      by: { kind: "orchestration", name: "test" },
      event,
    }),
  );
  const state = foldAll(log);
  if (!state) throw new Error("a log that begins has a state");
  return state;
}

const trust: ApprovalSubject = { kind: "trust", repository: "/r", hash: "h", items: [] };
const asked = (approval: string): Event => ({ type: "approval.requested", approval, subject: trust });
const closed: Event = { type: "session.closed", reason: "enough" };
const started: Event = { type: "turn.started", turn: "t", origin: "prompt", text: "go" };
const opened: Event = { type: "harness.opened", nativeId: "n", version: "1", model: null, vendor: null };
const ended = (status: "completed" | "interrupted" | "failed" | "parked", kind?: "usage-limit"): Event => ({
  type: "turn.ended",
  turn: "t",
  status,
  ...(kind && { failure: { kind, message: "come back at noon" } }),
});
const called: Event = {
  type: "tool.requested",
  turn: "t",
  call: { id: "c", kind: "shell", name: "Bash", fingerprint: "f", input: {}, command: "npm test" },
  decision: { effect: "allow" },
  identity: "i",
};
const created = (id: string): Event => ({ type: "task.created", task: { id, text: "do it" }, parallel: 2 });
const moved = (task: string, phase: (typeof phaseSchema.options)[number]): Event => ({
  ...{ type: "task.moved", task, phase, round: 1, detail: "" },
});
const over = (task: string, outcome: Outcome): Event => ({
  ...{ type: "task.ended", task, outcome, detail: "why", mergedCommit: null },
});

test.each<[string, SessionSpec, Event[], ReturnType<typeof activityOf>]>([
  ["a new agent", agent, [], { activity: "starting", detail: "new" }],
  ["its machine has not begun", agent, [started], { activity: "starting", detail: expect.any(String) }],
  ["it thinks", agent, [started, opened], { activity: "working", detail: "is thinking" }],
  ["it does something", agent, [started, opened, called], { activity: "working", detail: "npm test" }],
  ["it asks", agent, [started, opened, asked("a")], { activity: "waiting", detail: "asks to trust /r" }],
  [
    "it asks twice",
    agent,
    [asked("a"), asked("b")],
    { activity: "waiting", detail: "asks to trust /r (and 1 more)" },
  ],
  ["it is done", agent, [started, opened, ended("completed")], { activity: "idle", detail: "completed" }],
  [
    "a person ended it",
    agent,
    [started, ended("interrupted")],
    { activity: "stopped", detail: "interrupted" },
  ],
  ["it failed", agent, [started, ended("failed")], { activity: "failed", detail: "the turn failed" }],
  ["it is parked", agent, [started, ended("parked")], { activity: "parked", detail: expect.any(String) }],
  [
    "its plan is used up",
    agent,
    [started, ended("failed", "usage-limit")],
    { activity: "parked", detail: "come back at noon" },
  ],
  ["it is closed", agent, [started, ended("completed"), closed], { activity: "idle", detail: "enough" }],
  ["a new program", program, [], { activity: "starting", detail: "starting" }],
  ["a task waits", program, [created("a")], { activity: "working", detail: "waiting" }],
  [
    "an agent works for a task",
    program,
    [created("a"), created("b"), moved("b", "reviewing")],
    { activity: "waiting-for-child", detail: "reviewing" },
  ],
  [
    "a program checks",
    program,
    [created("a"), moved("a", "checking")],
    { activity: "working", detail: "checking" },
  ],
  ["closed on the way", program, [created("a"), closed], { activity: "stopped", detail: "enough" }],
  [
    "one failed, one was declined",
    program,
    [created("a"), created("b"), over("a", "declined"), over("b", "conflict"), closed],
    { activity: "failed", detail: "conflict: why" },
  ],
])("%s", (_name, spec, events, expected) => {
  expect(activityOf(after(spec, ...events))).toEqual(expected);
});

test("a program is at rest when all of its tasks have ended, and failed when one ended so that nobody chose it", () => {
  const outcomes = fc.array(fc.constantFrom(...outcomeSchema.options), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(outcomes, fc.boolean(), (all, isClosed) => {
      const events = all.flatMap((outcome, index): Event[] => [
        created(`task-${index}`),
        over(`task-${index}`, outcome),
      ]);
      const { activity } = activityOf(after(program, ...events, ...(isClosed ? [closed] : [])));
      const chosen = ["merged", "declined", "interrupted", "untrusted"];
      if (all.every((outcome) => outcome === "merged")) expect(activity).toBe("merged");
      else expect(activity).toBe(all.every((outcome) => chosen.includes(outcome)) ? "stopped" : "failed");
    }),
  );
});

test("whatever else happens, an open session with a question waits, and a closed one never works", () => {
  const some: fc.Arbitrary<Event> = fc.oneof(
    fc.constantFrom(
      started,
      opened,
      called,
      ended("completed"),
      ended("failed"),
      ended("parked"),
      created("a"),
    ),
    fc.constantFrom(...phaseSchema.options).map((phase) => moved("a", phase)),
    fc.constantFrom(...outcomeSchema.options).map((outcome) => over("a", outcome)),
  );
  fc.assert(
    fc.property(fc.array(some), fc.constantFrom(agent, program), (events, spec) => {
      expect(activityOf(after(spec, ...events, asked("q"))).activity).toBe("waiting");
      const { activity, detail } = activityOf(after(spec, ...events, ended("completed"), closed));
      expect(activitySchema.options).toContain(activity);
      expect(["working", "waiting", "waiting-for-child", "starting"]).not.toContain(activity);
      expect(typeof detail).toBe("string");
    }),
  );
});
