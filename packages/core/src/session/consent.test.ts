/** Questions, answers and pushes, in the words of the law. */
import { expect, test } from "vitest";
import type { Command } from "../commands.ts";
import type { Event, LoggedEvent, SessionSpec } from "../events.ts";
import type { Decision, PolicyStates } from "../policy.ts";
import type { PushFacts } from "../push.ts";
import { decide } from "./decide.ts";
import type { DecideContext } from "./deciding.ts";
import { fold, foldAll } from "./fold.ts";
import { openPushes, type SessionState, standingOfPush } from "./state.ts";

const spec: SessionSpec = {
  title: "an agent",
  agent: "polly",
  host: "here",
  harness: { harness: "some-harness" },
  tools: [],
  policies: [],
  excludeVendors: [],
  preapproved: [],
};

/** Every tool call and every push is asked about; nothing else. */
const asking: DecideContext = {
  evaluate: (_uses, { phase }) => {
    const decision: Decision =
      phase === "tool-call" || phase === "push"
        ? { effect: "ask", reason: "look at it", policies: ["test"] }
        : { effect: "allow" };
    const states: PolicyStates = phase === "tool-call" ? { "session/test": 1 } : {};
    return { decision, states, votes: [] };
  },
  describe: (action) => ({
    identity: action.phase === "tool-call" ? action.call.fingerprint : JSON.stringify(action),
    effect: ["Something happens."],
    weight: "routine",
    ...(action.phase === "tool-call" && { rule: { key: action.call.fingerprint, words: "this again" } }),
  }),
  standing: [],
  spending: null,
};

function session() {
  let state: SessionState | undefined;
  let seq = 0;
  const append = (events: readonly Event[]) => {
    for (const event of events) {
      seq += 1;
      const logged: LoggedEvent = {
        session: "s1",
        seq,
        position: seq,
        at: new Date(seq * 1_000).toISOString(),
        by: { kind: "person", name: "ada" },
        event,
      };
      state = fold(state, logged);
    }
  };
  const send = (command: Command) => {
    const decided = decide(state, command, asking);
    if (decided.ok) append(decided.events);
    return decided;
  };
  send({ type: "session.create", spec });
  send({ type: "turn.start", turn: "t1", text: "go" });
  return {
    send,
    call: (id: string, fingerprint: string, turn = state?.turn?.id ?? "") =>
      send({
        type: "tool.request",
        turn,
        approval: `a-${id}`,
        call: { id, kind: "shell", name: "Bash", input: {}, command: `do ${fingerprint}`, fingerprint },
      }),
    lose: () =>
      send({
        type: "turn.end",
        turn: state?.turn?.id ?? "",
        status: "failed",
        failure: { kind: "lost", message: "the host is gone" },
      }),
    get state() {
      if (!state) throw new Error("no state");
      return state;
    },
  };
}

test("a question outlives the machine that asked it, and its answer starts the turn again", () => {
  const s = session();
  s.call("c1", "push");
  s.lose();
  expect(s.state).toMatchObject({ turn: null, lastTurn: { status: "parked" } });
  expect(s.send({ type: "approval.resolve", approval: "a-c1", answer: "allow" }).ok).toBe(true);
  expect(s.state.turn).toMatchObject({ origin: "resumption", text: expect.stringContaining("do push") });
  expect(s.call("c2", "push")).toMatchObject({ ok: true, decision: { effect: "allow" } });
  expect(s.call("c3", "push")).toMatchObject({ ok: true, decision: { effect: "ask" } });
});

test("an answer that no call has met yet survives the machine, too", () => {
  const s = session();
  s.call("c1", "push");
  s.send({ type: "approval.resolve", approval: "a-c1", answer: "allow" });
  s.lose();
  expect(s.state.turn?.origin).toBe("resumption");
  expect(s.call("c2", "push")).toMatchObject({ decision: { effect: "allow" } });
});

test("the same call issued again joins the question that is open", () => {
  const s = session();
  s.call("c1", "push");
  expect(s.call("c2", "push")).toMatchObject({ ok: true, decision: { effect: "ask" }, approval: "a-c1" });
  expect(Object.keys(s.state.approvals)).toEqual(["a-c1"]);
});

test("a call that a person allowed and that had begun is not carried out again without them", () => {
  const s = session();
  s.call("c1", "deploy");
  s.send({ type: "approval.resolve", approval: "a-c1", answer: "allow" });
  expect(s.send({ type: "tool.begin", turn: "t1", call: "c1", approval: "a-c1" }).ok).toBe(true);
  s.lose();
  expect(s.state.unsettled).toMatchObject([{ title: "do deploy", consented: true }]);
  s.send({ type: "turn.start", turn: "t2", text: "go on" });
  expect(s.state.turn?.text).toMatch(/Nobody can say.*\n- do deploy\n\ngo on/);
  expect(s.call("c3", "deploy")).toMatchObject({
    decision: { effect: "ask", reason: expect.stringContaining("may have taken effect already") },
  });
  s.send({ type: "approval.resolve", approval: "a-c3", answer: "allow" });
  expect(s.call("c4", "deploy")).toMatchObject({ decision: { effect: "allow" } });
  expect(s.state.unsettled).toEqual([]);
});

test("a yes is for one call, whoever waited for it", () => {
  const s = session();
  s.call("c1", "push");
  s.send({ type: "approval.resolve", approval: "a-c1", answer: "allow" });
  const begin = { type: "tool.begin", turn: "t1", call: "c1", approval: "a-c1" } as const;
  expect(s.send(begin).ok).toBe(true);
  expect(s.send(begin)).toMatchObject({ ok: false, refusal: { kind: "law" } });
  expect(s.call("c2", "push")).toMatchObject({ decision: { effect: "ask" }, approval: "a-c2" });
});

test("a yes to all alike is a rule of the session, and what policies remember starts with the yes", () => {
  const s = session();
  s.call("c1", "ls");
  expect(s.state.policyStates).toEqual({});
  s.send({ type: "approval.resolve", approval: "a-c1", answer: "allow", alike: true });
  expect(s.state.policyStates).toEqual({ "session/test": 1 });
  s.call("c2", "ls");
  expect(s.call("c3", "ls")).toMatchObject({ decision: { effect: "allow", rule: "this again" } });
  expect(s.call("c4", "rm")).toMatchObject({ decision: { effect: "ask" } });
  expect(s.send({ type: "approval.resolve", approval: "a-c4", answer: "deny", alike: true })).toMatchObject({
    ok: false,
    refusal: { kind: "invalid" },
  });
});

test("the first answer counts, and the second is told who gave it", () => {
  const s = session();
  s.call("c1", "push");
  s.send({ type: "approval.resolve", approval: "a-c1", answer: "deny" });
  expect(s.send({ type: "approval.resolve", approval: "a-c1", answer: "allow" })).toMatchObject({
    ok: false,
    refusal: { kind: "conflict", message: "ada answered first: deny" },
  });
});

const facts: PushFacts = {
  remote: "origin",
  url: "ssh://example.org/x",
  atomic: false,
  options: [],
  updates: [
    {
      ref: "refs/heads/main",
      old: "a".repeat(40),
      new: "b".repeat(40),
      kind: "forced",
      tag: false,
      removed: { count: 1, commits: [] },
      rewritten: 0,
      added: { count: 1, commits: [] },
    },
  ],
};
const forwarded = { result: "forwarded" as const, refs: [], message: "", rescued: [] };

test("a push waits in the log, is joined by the same one, and reaches the remote after a yes alone", () => {
  const s = session();
  s.send({ type: "push.request", push: "p1", approval: "ap1", facts });
  expect(s.send({ type: "push.request", push: "p2", approval: "ap2", facts })).toMatchObject({
    push: "p1",
    approval: "ap1",
    decision: { effect: "ask" },
  });
  expect(s.send({ type: "push.finish", push: "p1", outcome: forwarded })).toMatchObject({
    ok: false,
    refusal: { kind: "law" },
  });
  s.lose();
  expect(openPushes(s.state)).toHaveLength(1);
  s.send({ type: "approval.resolve", approval: "ap1", answer: "allow" });
  expect(openPushes(s.state).map((push) => standingOfPush(s.state, push))).toEqual(["allowed"]);
  expect(s.send({ type: "push.finish", push: "p1", outcome: forwarded }).ok).toBe(true);
  expect(openPushes(s.state)).toEqual([]);
});

test("a person may close what a program closed by itself, once", () => {
  const { harness: _, ...led } = spec;
  const log: LoggedEvent[] = [];
  const append = (event: LoggedEvent["event"], kind: "person" | "orchestration") => {
    const at = { session: "s", seq: log.length + 1, position: log.length + 1, at: new Date(0).toISOString() };
    log.push({ ...at, by: { kind, name: "x" }, event });
  };
  const close = (reason: string, kind: "person" | "orchestration") => {
    const decided = decide(foldAll(log), { type: "session.close", reason }, asking);
    if (decided.ok) for (const event of decided.events) append(event, kind);
    return decided.ok && decided.events.length;
  };
  const orchestration = { name: "o", version: "1", input: {} };
  append({ type: "session.created", spec: { ...led, orchestration } }, "person");
  expect(close("all tasks have ended", "orchestration")).toBe(1);
  expect(close("all tasks have ended", "orchestration")).toBe(0);
  expect(close("seen", "person")).toBe(1);
  expect(close("seen again", "person")).toBe(0);
  expect(close("all tasks have ended", "orchestration")).toBe(0);
  expect(foldAll(log)).toMatchObject({ closed: "seen", closedBy: "person" });
});

test("closing the session withdraws what waits", () => {
  const s = session();
  s.send({ type: "push.request", push: "p1", approval: "ap1", facts });
  s.call("c1", "rm");
  s.send({ type: "session.close", reason: "done" });
  expect(s.state.pushes.p1?.outcome?.result).toBe("withdrawn");
  expect(Object.values(s.state.approvals).map(({ withdrawn }) => withdrawn)).toEqual([
    "the session was closed",
    "the session was closed",
  ]);
});
