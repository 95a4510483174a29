import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Command, commandSchema } from "../commands.ts";
import type { Event, LoggedEvent, SessionSpec } from "../events.ts";
import type { Decision } from "../policy.ts";
import type { Finding } from "../review.ts";
import { decide } from "./decide.ts";
import type { DecideContext } from "./deciding.ts";
import { fold, foldAll } from "./fold.ts";
import type { SessionState } from "./state.ts";

const sha = (letter: string) => letter.repeat(40);
/** Policies that say the same of every tool call and every push, and nothing of all else. */
const always = (decision: Decision): DecideContext => ({
  evaluate: (_uses, { phase }) => ({
    decision: phase === "tool-call" || phase === "push" ? decision : { effect: "allow" },
    states: {},
    votes: [],
  }),
  describe: (action) => ({
    identity: action.phase === "tool-call" ? action.call.fingerprint : JSON.stringify(action),
    effect: ["Something happens."],
    weight: "routine",
    rule: { key: action.phase, words: "all of it" },
  }),
  standing: [],
  spending: null,
});
const allowAll = always({ effect: "allow" });
const askAll = always({ effect: "ask", reason: "look at it", policies: ["test"] });

const rootSpec: SessionSpec = {
  title: "a request",
  agent: "polly",
  host: "here",
  orchestration: { name: "implement-review-merge", version: "1", input: {} },
  tools: [],
  policies: [],
  excludeVendors: [],
  preapproved: [],
};
const childSpec: SessionSpec = {
  title: "an agent",
  agent: "polly",
  host: "here",
  harness: { harness: "some-harness" },
  tools: [{ name: "submit_review", description: "d", inputSchema: {} }],
  policies: [],
  excludeVendors: [],
  preapproved: [],
};

/** A log in memory: appends what decide gives, and keeps every state on the way. */
function session(spec: SessionSpec, context = allowAll) {
  const log: LoggedEvent[] = [];
  let state: SessionState | undefined;
  const append = (events: readonly Event[]) => {
    for (const event of events) {
      const seq = log.length + 1;
      const logged: LoggedEvent = {
        session: "s1",
        seq,
        position: seq,
        at: new Date(seq * 1_000).toISOString(),
        by: { kind: "person", name: "ada" },
        event,
      };
      log.push(logged);
      state = fold(state, logged);
    }
  };
  const send = (command: Command, with_ = context) => {
    const decided = decide(state, command, with_);
    if (decided.ok) append(decided.events);
    return decided;
  };
  send({ type: "session.create", spec });
  return {
    log,
    send,
    get state() {
      if (!state) throw new Error("no state");
      return state;
    },
  };
}

const call = (id: string, fingerprint = id) => ({
  id,
  kind: "shell" as const,
  name: "Bash",
  input: {},
  fingerprint,
});
const refusal = (decided: ReturnType<typeof decide>) => (decided.ok ? undefined : decided.refusal.kind);

describe("turns", () => {
  it("allows one open turn", () => {
    const s = session(childSpec);
    expect(s.send({ type: "turn.start", turn: "t1", text: "go" }).ok).toBe(true);
    expect(refusal(s.send({ type: "turn.start", turn: "t2", text: "go" }))).toBe("conflict");
    expect(s.send({ type: "turn.end", turn: "t1", status: "completed" }).ok).toBe(true);
    expect(s.send({ type: "turn.start", turn: "t2", text: "go" }).ok).toBe(true);
  });

  it("denies every call once an interrupt is asked for", () => {
    const s = session(childSpec);
    s.send({ type: "turn.start", turn: "t1", text: "go" });
    s.send({ type: "turn.interrupt" });
    const asked = s.send({ type: "tool.request", turn: "t1", approval: "a1", call: call("c1") });
    expect(asked.ok && asked.decision?.effect).toBe("deny");
  });
});

describe("approvals", () => {
  it("start a parked turn again, and the same call passes once", () => {
    const s = session(childSpec, askAll);
    s.send({ type: "turn.start", turn: "t1", text: "go" });
    s.send({ type: "tool.request", turn: "t1", approval: "a1", call: call("c1", "same") });
    expect(s.send({ type: "turn.end", turn: "t1", status: "parked" }).ok).toBe(true);
    expect(s.send({ type: "approval.resolve", approval: "a1", answer: "allow" }).ok).toBe(true);
    expect(s.state.turn?.origin).toBe("resumption");
    const turn = s.state.turn?.id ?? "";
    const again = s.send({ type: "tool.request", turn, approval: "a2", call: call("c2", "same") });
    expect(again.ok && again.decision?.effect).toBe("allow");
    const third = s.send({ type: "tool.request", turn, approval: "a3", call: call("c3", "same") });
    expect(third.ok && third.decision?.effect).toBe("ask");
  });

  it("that are answered while the turn is being parked start it again at once", () => {
    const s = session(childSpec, askAll);
    s.send({ type: "turn.start", turn: "t1", text: "go" });
    s.send({ type: "tool.request", turn: "t1", approval: "a1", call: call("c1") });
    s.send({ type: "approval.resolve", approval: "a1", answer: "deny", reason: "no" });
    s.send({ type: "turn.end", turn: "t1", status: "parked" });
    expect(s.state.turn?.text).toContain("Reason: no");
  });

  it("are answered once, and withdrawn when their turn ends", () => {
    const s = session(childSpec, askAll);
    s.send({ type: "turn.start", turn: "t1", text: "go" });
    s.send({ type: "tool.request", turn: "t1", approval: "a1", call: call("c1") });
    s.send({ type: "tool.request", turn: "t1", approval: "a2", call: call("c2") });
    s.send({ type: "approval.resolve", approval: "a1", answer: "allow" });
    expect(refusal(s.send({ type: "approval.resolve", approval: "a1", answer: "deny" }))).toBe("conflict");
    s.send({ type: "turn.end", turn: "t1", status: "completed" });
    expect(s.state.approvals.a2?.withdrawn).toBe("its turn ended");
    expect(refusal(s.send({ type: "approval.resolve", approval: "a2", answer: "allow" }))).toBe("conflict");
  });
});

describe("reviews", () => {
  it("come in through the lent tool only, checked by their schema", () => {
    const s = session(childSpec);
    s.send({ type: "turn.start", turn: "t1", text: "review" });
    const unproved = { findings: [{ severity: "blocking", file: "a.js", claim: "wrong" }] };
    const refused = s.send({ type: "tool.use", turn: "t1", tool: "submit_review", input: unproved });
    expect(refused.ok ? "" : refused.refusal.field).toBe("findings.0.evidence");
    expect(s.send({ type: "tool.use", turn: "t1", tool: "submit_review", input: { findings: [] } }).ok).toBe(
      true,
    );
    expect(s.state.review?.review.findings).toEqual([]);
    expect(refusal(s.send({ type: "tool.use", turn: "t1", tool: "merge_it", input: {} }))).toBe("invalid");
  });
});

/** A root session whose task has a candidate with tree b on base a. */
function withCandidate() {
  const s = session(rootSpec);
  s.send({ type: "task.create", task: { id: "t", text: "do" }, parallel: 4 });
  s.send({ type: "task.move", task: "t", phase: "implementing", round: 0, detail: "" });
  candidate(s, "c", "b", "p1");
  return s;
}
function candidate(s: ReturnType<typeof session>, commit: string, tree: string, patchId: string) {
  const work = `w${s.log.length}`;
  s.send({
    type: "work.request",
    work,
    request: {
      type: "candidate.take",
      task: "t",
      workspace: "/w",
      repository: "/r",
      base: sha("a"),
      message: "m",
      sources: [],
      previous: null,
    },
  });
  const files = [{ path: "f", status: "M", additions: 1, deletions: 1 }];
  s.send({
    type: "work.finish",
    work,
    result: {
      type: "candidate.taken",
      candidate: {
        commit: sha(commit),
        tree: sha(tree),
        base: sha("a"),
        patchId,
        files,
        diff: { text: "", cut: 0 },
        flagged: [],
        changedSince: [],
      },
    },
  });
}
const verdict = (
  tree: string,
  implementer: (string | null)[],
  reviewer: (string | null)[],
  approved = true,
) => ({
  type: "verdict.record" as const,
  task: "t",
  round: 1,
  verdict: {
    approved,
    tree: sha(tree),
    findings: [],
    reviewer: "r1",
    implementerVendors: implementer,
    reviewerVendors: reviewer,
  },
});
const consent = (commit: string, tree: string, head: string, approved = true) => ({
  type: "approval.request" as const,
  approval: `m-${commit}-${head}`,
  subject: {
    kind: "merge" as const,
    task: "t",
    commit: sha(commit),
    tree: sha(tree),
    target: "main",
    head: sha(head),
    diff: { text: "", cut: 0 },
    evidence: [],
    verdict: { approved, tree: sha(tree), findings: [] },
    warnings: [],
    remarks: [],
    costUsd: null,
    costSource: "unknown" as const,
  },
});
const merge = (commit: string, tree: string, head: string) => ({
  type: "work.request" as const,
  work: `merge-${commit}-${tree}-${head}`,
  request: {
    type: "candidate.merge" as const,
    task: "t",
    repository: "/r",
    commit: sha(commit),
    tree: sha(tree),
    target: "main",
    head: sha(head),
  },
});

describe("the merge law", () => {
  it.each([
    ["the same vendor", ["x"], ["x"]],
    ["an unknown implementer", [null], ["y"]],
    ["an unknown reviewer", ["x"], [null]],
    ["one of several the same", ["x", "y"], ["y"]],
    ["nobody", [], ["y"]],
  ])("refuses a verdict from %s", (_, implementer, reviewer) => {
    expect(refusal(withCandidate().send(verdict("b", implementer, reviewer)))).toBe("law");
  });

  it("refuses a verdict on another tree", () => {
    expect(refusal(withCandidate().send(verdict("d", ["x"], ["y"])))).toBe("law");
  });

  it("merges an approved, consented tree on the consented head and nothing else", () => {
    const s = withCandidate();
    expect(refusal(s.send(merge("c", "b", "a")))).toBe("law");
    s.send(verdict("b", ["x"], ["y"]));
    expect(refusal(s.send(merge("c", "b", "a")))).toBe("law");
    s.send(consent("c", "b", "a"));
    expect(refusal(s.send(merge("c", "b", "a")))).toBe("law");
    s.send({ type: "approval.resolve", approval: `m-c-a`, answer: "allow" });
    expect(refusal(s.send(merge("c", "b", "e")))).toBe("law");
    expect(refusal(s.send(merge("c", "d", "a")))).toBe("law");
    expect(s.send(merge("c", "b", "a")).ok).toBe(true);
  });

  it("does not merge a later candidate on an earlier verdict and consent", () => {
    const s = withCandidate();
    s.send(verdict("b", ["x"], ["y"]));
    s.send(consent("c", "b", "a"));
    s.send({ type: "approval.resolve", approval: `m-c-a`, answer: "allow" });
    candidate(s, "e", "d", "p2");
    expect(refusal(s.send(merge("e", "d", "a")))).toBe("law");
    expect(refusal(s.send(merge("c", "b", "a")))).toBe("law");
  });

  it("carries a verdict over only when the patch is unchanged", () => {
    const s = withCandidate();
    s.send(verdict("b", ["x"], ["y"]));
    candidate(s, "e", "d", "p2");
    expect(refusal(s.send({ type: "verdict.carry", task: "t", to: sha("d"), patchId: "p2" }))).toBe("law");
    candidate(s, "e", "f", "p1");
    expect(s.send({ type: "verdict.carry", task: "t", to: sha("f"), patchId: "p1" }).ok).toBe(true);
    expect(s.state.tasks.t?.verdict).toMatchObject({ tree: sha("f"), carriedFrom: sha("b") });
  });

  it("takes a beforehand yes only for an approved change without warnings", () => {
    const yes = { ...rootSpec, preapproved: ["merge" as const] };
    for (const [approved, warnings, resolved] of [
      [true, [], true],
      [false, [], false],
      [true, ["checks are red"], false],
    ] as const) {
      const s = session(yes);
      s.send({ type: "task.create", task: { id: "t", text: "do" }, parallel: 4 });
      candidate(s, "c", "b", "p1");
      const asked = consent("c", "b", "a", approved);
      s.send({ ...asked, subject: { ...asked.subject, warnings: [...warnings] } });
      expect(s.state.approvals["m-c-a"]?.answered !== undefined).toBe(resolved);
    }
  });

  const note = { severity: "note" as const, file: "a.ts", line: 3, claim: "say why", evidence: "" };
  const sendBack = (approval: string, answer: "allow" | "deny" = "deny") => ({
    ...{ type: "approval.resolve" as const, approval, answer },
    notes: [note],
  });

  it("sends a merge back with a person's notes, which all block, and merges nothing on it", () => {
    const s = withCandidate();
    s.send(verdict("b", ["x"], ["y"]));
    s.send(consent("c", "b", "a"));
    expect(s.send({ ...sendBack("m-c-a"), reason: "nearly" }).ok).toBe(true);
    const kept = { ...note, severity: "blocking" };
    expect(s.state.approvals["m-c-a"]?.answered).toMatchObject({ reason: "nearly", notes: [kept] });
    expect(s.state.tasks.t).toMatchObject({
      outcome: null,
      consent: null,
      findings: [{ ...kept, round: 1, by: "person" }],
    });
    expect(refusal(s.send(merge("c", "b", "a")))).toBe("law");
    candidate(s, "e", "d", "p2");
    s.send(consent("e", "d", "a"));
    expect(s.send(sendBack("m-e-a")).ok).toBe(true);
    expect(s.state.tasks.t?.findings).toHaveLength(2);
  });

  it("refuses notes that send no open task's merge back, naming them", () => {
    const refused = (s: ReturnType<typeof session>, command: Command) => {
      const before = s.state;
      const decided = s.send(command);
      expect(s.state).toBe(before);
      return decided.ok ? undefined : [decided.refusal.kind, decided.refusal.field];
    };
    const asked = session(childSpec, askAll);
    asked.send({ type: "turn.start", turn: "t1", text: "go" });
    asked.send({ type: "tool.request", turn: "t1", approval: "a1", call: call("c1") });
    expect(refused(asked, sendBack("a1"))).toEqual(["invalid", "notes"]);
    expect(refused(asked, sendBack("a1", "allow"))).toEqual(["invalid", "notes"]);
    const root = withCandidate();
    const trust = { kind: "trust" as const, repository: "/r", hash: "h", items: [] };
    root.send({ type: "approval.request", approval: "trust", subject: trust });
    expect(refused(root, sendBack("trust"))).toEqual(["invalid", "notes"]);
    root.send(consent("c", "b", "a"));
    expect(refused(root, sendBack("m-c-a", "allow"))).toEqual(["invalid", "notes"]);
    root.send({ type: "task.end", task: "t", outcome: "failed", detail: "", mergedCommit: null });
    expect(refused(root, sendBack("m-c-a"))).toEqual(["conflict", "notes"]);
  });

  it("ends a task as merged only when a machine merged it", () => {
    const s = withCandidate();
    const end = {
      type: "task.end" as const,
      task: "t",
      outcome: "merged" as const,
      detail: "",
      mergedCommit: sha("c"),
    };
    expect(refusal(s.send(end))).toBe("law");
  });

  it("keeps to the number of tasks that may be worked on at once", () => {
    const s = session(rootSpec);
    for (const id of ["a", "b"]) s.send({ type: "task.create", task: { id, text: "do" }, parallel: 1 });
    const move = (task: string) =>
      s.send({ type: "task.move", task, phase: "preparing", round: 0, detail: "" });
    expect(move("a").ok).toBe(true);
    expect(refusal(move("b"))).toBe("law");
    s.send({ type: "task.end", task: "a", outcome: "empty", detail: "", mergedCommit: null });
    expect(move("b").ok).toBe(true);
  });
});

describe("any commands in any order", () => {
  // Few ids, so that commands meet each other's sessions, turns, tasks and approvals.
  const pick = fc.constantFrom;
  const id = pick("a", "b");
  const letter = pick("a", "b", "c");
  const command: fc.Arbitrary<Command> = fc.oneof(
    fc.constant<Command>({ type: "session.create", spec: childSpec }),
    fc.record({ type: fc.constant("turn.start" as const), turn: id, text: fc.string({ minLength: 1 }) }),
    fc.record({ type: fc.constant("turn.adopt" as const), turn: id }),
    fc.record({ type: fc.constant("turn.steer" as const), steer: id, text: fc.string({ minLength: 1 }) }),
    fc.record({ type: fc.constant("steer.settle" as const), steer: id, delivered: fc.boolean() }),
    fc.constant<Command>({ type: "turn.interrupt" }),
    fc.record({
      type: fc.constant("turn.end" as const),
      turn: id,
      status: pick("completed" as const, "interrupted" as const, "failed" as const, "parked" as const),
    }),
    fc.record({
      type: fc.constant("tool.request" as const),
      turn: id,
      approval: id,
      call: id.map((x) => call(x)),
    }),
    fc.record({
      type: fc.constant("tool.finish" as const),
      turn: id,
      call: id,
      ok: fc.boolean(),
      output: fc.constant({ text: "", cut: 0 }),
    }),
    fc.record({
      type: fc.constant("tool.use" as const),
      turn: id,
      tool: pick("submit_review", "x"),
      input: fc.json().map((json) => JSON.parse(json)),
    }),
    fc.record({
      type: fc.constant("approval.resolve" as const),
      approval: pick("a", "b", "m-a-a", "m-b-a"),
      answer: pick("allow" as const, "deny" as const),
    }),
    fc.record({
      type: fc.constant("approval.resolve" as const),
      approval: pick("a", "b", "m-a-a", "m-b-a"),
      answer: pick("allow" as const, "deny" as const),
      notes: fc.constant<Finding[]>([{ severity: "note", file: "f", claim: "mend it", evidence: "" }]),
    }),
    fc.record({ type: fc.constant("approval.withdraw" as const), approval: id, reason: fc.string() }),
    fc.record({
      type: fc.constant("task.create" as const),
      task: fc.record({ id: fc.constant("t"), text: fc.constant("x") }),
      parallel: pick(1, 2),
    }),
    fc.record({
      type: fc.constant("task.move" as const),
      task: fc.constant("t"),
      phase: pick("waiting" as const, "merging" as const),
      round: fc.nat(3),
      detail: fc.string(),
    }),
    fc.record({
      type: fc.constant("task.end" as const),
      task: fc.constant("t"),
      outcome: pick("merged" as const, "failed" as const),
      detail: fc.string(),
      mergedCommit: letter.map(sha),
    }),
    fc.tuple(letter, letter).map(([tree, vendor]) => verdict(tree, ["a"], [vendor])),
    fc.tuple(letter, letter, letter).map(([commit, tree, head]) => consent(commit, tree, head)),
    fc.tuple(letter, letter, letter).map(([commit, tree, head]) => merge(commit, tree, head)),
    fc.constant<Command>({ type: "session.close", reason: "done" }),
  );

  it("never throw, refuse as values, accept what the schema accepts, and replay alike from every prefix", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), fc.boolean(), (commands, ask) => {
        for (const spec of [childSpec, rootSpec]) {
          const s = session(spec, ask ? askAll : allowAll);
          for (const next of commands) {
            expect(commandSchema.safeParse(next).success).toBe(true);
            const before = s.state;
            const frozen = JSON.stringify(before);
            const decided = s.send(next);
            if (!decided.ok) expect(s.state).toBe(before);
            expect(JSON.stringify(before)).toBe(frozen);
          }
          for (const { event } of s.log)
            if (event.type === "approval.resolved" && event.notes) {
              expect(event).toMatchObject({ answer: "deny", via: "person" });
              expect(s.state.approvals[event.approval]?.subject.kind).toBe("merge");
            }
          const whole = foldAll(s.log);
          expect(whole).toEqual(s.state);
          const cut = Math.floor(s.log.length / 2);
          const half = foldAll(s.log.slice(0, cut));
          const stored = half === undefined ? undefined : (JSON.parse(JSON.stringify(half)) as SessionState);
          expect(foldAll(s.log.slice(cut), stored)).toEqual(whole);
        }
      }),
      { numRuns: 150 },
    );
  });
});
