import { expect, test } from "vitest";
import { type Agreement, agreementInWords, covers, joinAgreements } from "../budget.ts";
import type { Command } from "../commands.ts";
import { type LoggedEvent, type SessionSpec, sessionSpecSchema } from "../events.ts";
import { decide } from "./decide.ts";
import type { DecideContext } from "./deciding.ts";
import { fold } from "./fold.ts";
import type { SessionState } from "./state.ts";

const agreement: Agreement = { scope: "tree", of: "r", day: null, usd: 10, unknown: false };
const reason = "Money is spent.";
const ask = { effect: "ask" as const, reason, policies: ["budget"], agreements: [agreement] };

/** A law in which calls of models are asked about from the moment that money is short, and tool calls when `calls` says so. */
function law(short: { money: boolean; calls: boolean }): DecideContext {
  return {
    evaluate: (_uses, { phase }) => ({
      decision:
        phase === "model-call" && short.money
          ? ask
          : phase === "tool-call" && short.calls
            ? { effect: "ask", reason: "Look.", policies: ["look"] }
            : { effect: "allow" },
      states: {},
      votes: [],
    }),
    describe: () => ({
      ...{ identity: "same", effect: ["It runs."], weight: "routine" },
      rule: { key: "run", words: "every run" },
    }),
    standing: [],
    spending: null,
  };
}

function session(more: Partial<SessionSpec> = {}) {
  const short = { money: false, calls: false };
  let state: SessionState | undefined;
  let seq = 0;
  const send = (command: Command) => {
    const decided = decide(state, command, law(short));
    for (const event of decided.ok ? decided.events : []) {
      seq += 1;
      const by = { kind: "person", name: "ada" } as const;
      const logged: LoggedEvent = {
        ...{ session: "s", seq, position: seq, at: new Date(seq).toISOString(), by, event },
      };
      state = fold(state, logged);
    }
    return decided;
  };
  send({
    type: "session.create",
    spec: sessionSpecSchema.parse({
      ...{ title: "t", agent: "a", host: "h", harness: { harness: "some", model: "dear" }, ...more },
    }),
  });
  const call = { id: "c", kind: "shell" as const, name: "Bash", input: {}, fingerprint: "same" };
  return {
    short,
    send,
    start: () => send({ type: "turn.start", turn: "t", text: "go" }),
    request: (approval: string) => send({ type: "tool.request", turn: "t", approval, call }),
    answer: (approval: string, answer: "allow" | "deny", alike = false) =>
      send({ type: "approval.resolve", approval, answer, ...(alike && { alike }) }),
    get state(): SessionState {
      if (!state) throw new Error("no state");
      return state;
    },
  };
}
const effect = (decided: ReturnType<typeof decide>) => (decided.ok ? decided.decision?.effect : "refused");

test("a question about money says what a yes agrees to, and offers no rule", () => {
  const s = session();
  s.start();
  s.short.money = true;
  expect(effect(s.request("a1"))).toBe("ask");
  const { subject } = s.state.approvals.a1 ?? {};
  expect(subject).toMatchObject({
    agreements: [agreement],
    effect: ["It runs.", "This request may spend up to $10.00 in all."],
  });
  expect(subject).not.toHaveProperty("rule");
  expect(s.answer("a1", "allow", true)).toMatchObject({ ok: false, refusal: { field: "alike" } });
});

test("what a person allowed alike is no word on money", () => {
  const s = session();
  s.start();
  s.short.calls = true;
  s.request("a1");
  s.answer("a1", "allow", true);
  expect(effect(s.request("a2"))).toBe("allow"); // the answer itself
  expect(effect(s.request("a3"))).toBe("allow"); // the rule
  s.short.money = true;
  expect(effect(s.request("a4"))).toBe("ask");
  expect(s.state.approvals.a4?.subject).toMatchObject({ policies: ["look", "budget"] });
});

test("a no stops the turn that asked, wherever it stands", () => {
  const open = session();
  open.start();
  open.short.money = true;
  open.request("a1");
  open.answer("a1", "deny");
  expect(open.state.turn?.interruptRequested).toBe(true);

  const late = session();
  late.start();
  late.short.money = true;
  late.request("a1");
  late.answer("a1", "deny");
  late.send({ type: "turn.end", turn: "t", status: "parked" });
  expect(late.state).toMatchObject({ turn: null, lastTurn: { status: "interrupted" } });

  const parked = session();
  parked.start();
  parked.short.money = true;
  parked.request("a1");
  parked.send({ type: "turn.end", turn: "t", status: "parked" });
  parked.answer("a1", "deny");
  expect(parked.state).toMatchObject({ turn: null, lastTurn: { status: "interrupted" } });

  const held = session();
  held.short.money = true;
  held.start();
  held.answer(held.state.held?.approval ?? "", "deny");
  expect(held.state).toMatchObject({ held: null, turn: null, lastTurn: { status: "interrupted" } });
});

test("only questions about money follow another answer, and once", () => {
  const s = session();
  s.start();
  s.short.calls = true;
  s.request("a1");
  const follow = (approval: string) =>
    s.send({ type: "approval.follow", approval, answer: "allow", reason: "agreed already" });
  expect(follow("a1")).toMatchObject({ ok: false, refusal: { kind: "law" } });
  s.answer("a1", "deny");
  s.send({ type: "turn.end", turn: "t", status: "completed" });
  s.short.money = true;
  s.send({ type: "turn.start", turn: "t2", text: "go" });
  const { approval = "" } = s.state.held ?? {};
  expect(follow(approval)).toMatchObject({ ok: true });
  expect(s.state).toMatchObject({ turn: { id: "t2" }, held: null });
  expect(s.state.approvals[approval]?.answered).toMatchObject({ via: "alike", by: { name: "ada" } });
  expect(follow(approval)).toEqual({ ok: true, events: [] });
});

test("another model is chosen for the turns to come, by the rules of seating", () => {
  const s = session();
  expect(s.send({ type: "harness.choose", model: "cheap" })).toMatchObject({ ok: true });
  expect(s.state.spec.harness).toEqual({ harness: "some", model: "cheap" });
  expect(s.send({ type: "harness.choose", model: "cheap" })).toEqual({ ok: true, events: [] });
  s.send({ type: "session.close", reason: "done" });
  expect(s.send({ type: "harness.choose", model: "other" })).toMatchObject({ ok: false });
  const led = session({ harness: undefined, orchestration: { name: "p", version: "1", input: {} } });
  expect(led.send({ type: "harness.choose", model: "cheap" })).toMatchObject({
    refusal: { message: expect.stringContaining("its agents' sessions") },
  });
});

test("agreements about the same money are one, the widest", () => {
  const other = { ...agreement, of: "x" };
  expect(joinAgreements([agreement, { ...agreement, usd: 4, unknown: true }, other])).toEqual([
    { ...agreement, unknown: true },
    other,
  ]);
  expect(covers(undefined, agreement)).toBe(false);
  expect(covers({ usd: 10, unknown: false }, agreement)).toBe(true);
  expect(covers({ usd: 9, unknown: true }, agreement)).toBe(false);
  expect(covers({ usd: 20, unknown: false }, { usd: 0, unknown: true })).toBe(false);
  expect(agreementInWords({ scope: "user-day", of: "ada", day: "2030-01-31", usd: 1, unknown: true })).toBe(
    "All work of ada on 2030-01-31 (UTC) may spend up to $1.00 in all and may go on with calls whose price nobody can say.",
  );
});
