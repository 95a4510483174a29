import type { Event, LoggedEvent } from "@tutti/core";
import { foldAll } from "@tutti/core";
import { describe, expect, it } from "vitest";
import { rowMaker } from "./rows.ts";
import { openTimeline, type TimelineSource } from "./timeline.ts";

const person = { kind: "person", name: "Jo" } as const;
const runner = { kind: "runner", name: "studio" } as const;
const sha = (letter: string) => letter.repeat(40);

/** A log of a session that a harness plays itself. */
function log(...events: Event[]): LoggedEvent[] {
  const created: Event = {
    type: "session.created",
    spec: {
      ...{ title: "Talk", agent: "solo", host: "studio", workspace: "/w" },
      harness: { harness: "some" },
      ...{ tools: [], policies: [], excludeVendors: [], preapproved: [] },
    },
  };
  return [created, ...events].map((event, at) => ({
    ...{ session: "talk", seq: at + 1, position: at + 1 },
    at: new Date(Date.UTC(2026, 2, 14, 13, 0, at)).toISOString(),
    by: event.type === "turn.started" || event.type === "turn.steered" ? person : runner,
    event,
  }));
}

function source(events: LoggedEvent[], from = 0, earlier = 0): TimelineSource {
  const root = foldAll(events);
  if (!root) throw new Error("the log has no state");
  return { root, children: [], events: events.slice(from), earlier };
}

const started = (turn: string, text = "Do it"): Event => ({
  type: "turn.started",
  turn,
  origin: "prompt",
  text,
});
const ended = (turn: string): Event => ({ type: "turn.ended", turn, status: "completed" });
const message = (turn: string, id: string, text: string): Event => ({
  ...{ type: "item.added", turn },
  item: { kind: "message", id, text },
});
const requested = (turn: string, id: string, command: string): Event => ({
  ...{ type: "tool.requested", turn, identity: command },
  decision: { effect: "allow" },
  call: { id, kind: "shell", name: "sh", input: {}, command, fingerprint: id },
});
const finished = (turn: string, call: string, ok = true, text = ""): Event => ({
  ...{ type: "tool.finished", turn, call, ok },
  output: { text, cut: 0 },
});

const kinds = (events: LoggedEvent[], isOpen = false) =>
  rowMaker()(
    openTimeline().update(source(events)),
    () => isOpen,
    () => true,
  ).map(({ kind }) => kind);

describe("a turn", () => {
  const talk = log(
    started("t1"),
    message("t1", "m1", "I look."),
    requested("t1", "c1", "ls"),
    finished("t1", "c1"),
    message("t1", "m2", "Done."),
    ended("t1"),
  );

  it("shows its last words and folds the rest into one line", () => {
    expect(kinds(talk)).toEqual(["words", "turn", "message", "fold"]);
    expect(kinds(talk, true)).toEqual(["words", "turn", "message", "fold", "message", "call"]);
  });

  it("never folds what failed", () => {
    const failed = log(started("t1"), requested("t1", "c1", "ls"), finished("t1", "c1", false), ended("t1"));
    expect(kinds(failed)).toEqual(["words", "turn", "fold", "call"]);
  });

  it("shows what goes on while it is open", () => {
    expect(kinds(log(started("t1"), requested("t1", "c1", "ls")))).toEqual([
      "words",
      "turn",
      "fold",
      "running",
    ]);
  });

  it("is divided by words that reach it, which stand between", () => {
    const steered = log(
      started("t1"),
      message("t1", "m1", "I look."),
      { type: "turn.steered", turn: "t1", steer: "s1", text: "Faster" },
      message("t1", "m2", "Yes."),
    );
    expect(kinds(steered)).toEqual(["words", "turn", "message", "words", "message"]);
  });
});

describe("the timeline", () => {
  const many = log(
    ...["t1", "t2", "t3", "t4"].flatMap((turn) => [
      started(turn),
      requested(turn, `${turn}-c`, "ls"),
      finished(turn, `${turn}-c`),
      message(turn, `${turn}-m`, "Done."),
      ended(turn),
    ]),
  );
  const all = kinds(many);

  it("is the same however it came: whole, event by event, or by pages from the end", () => {
    const grown = openTimeline();
    const list: LoggedEvent[] = [];
    for (const logged of many) {
      list.push(logged);
      grown.update({ ...source(many), events: list });
    }
    const make = rowMaker();
    const rows = (blocks: ReturnType<typeof grown.update>) =>
      make(
        blocks,
        () => false,
        () => true,
      ).map(({ kind }) => kind);
    expect(rows(grown.update({ ...source(many), events: list }))).toEqual(all);

    for (let cut = 1; cut < many.length; cut += 1) {
      const paged = openTimeline();
      paged.update(source(many, cut));
      expect(rows(paged.update(source(many, 0, cut))), `cut at ${cut}`).toEqual(all);
    }
  });

  it("keeps the rows of what did not change", () => {
    const timeline = openTimeline();
    const make = rowMaker();
    const list = many.slice(0, 8);
    const open = () => false;
    const before = make(timeline.update({ ...source(many), events: list }), open, () => true);
    list.push(...many.slice(8, 10));
    const after = make(timeline.update({ ...source(many), events: list }), open, () => true);
    expect(after.slice(0, 4)).toEqual(before.slice(0, 4));
    expect(after[1]).toBe(before[1]);
  });

  it("begins anew when the family was read anew", () => {
    const timeline = openTimeline();
    timeline.update(source(many));
    const make = rowMaker();
    const blocks = timeline.update(source(many, 11));
    const rows = make(
      blocks,
      () => false,
      () => true,
    );
    expect(rows.filter(({ kind }) => kind === "turn")).toHaveLength(2);
  });

  it("carries fifty thousand events, and one more without reading them again", () => {
    const turns = Array.from({ length: 10_000 }, (_, at) => [
      started(`t${at}`),
      requested(`t${at}`, "c", "ls"),
      finished(`t${at}`, "c"),
      message(`t${at}`, `m${at}`, "Done."),
      ended(`t${at}`),
    ]).flat();
    const long = log(...turns);
    const timeline = openTimeline();
    const { root } = source(log(started("t0")));
    const list = [...long];
    expect(timeline.update({ root, children: [], events: list, earlier: 0 })).toHaveLength(20_000);
    const begun = performance.now();
    list.push({
      ...{ session: "talk", seq: 1, position: 60_000, at: "2026-03-14T20:00:00.000Z", by: runner },
      event: message("t9999", "late", "One more."),
    });
    timeline.update({ root, children: [], events: list, earlier: 0 });
    expect(performance.now() - begun).toBeLessThan(50);
  });
});

describe("a request's work", () => {
  it("takes the preparation together, and puts what was built to its turn", () => {
    const program = { kind: "orchestration", name: "program" } as const;
    const base = { repository: "/r", task: "a" };
    const events: [string, LoggedEvent["by"], Event][] = [
      [
        "root",
        person,
        {
          type: "session.created",
          spec: {
            ...{ title: "A", agent: "polly", host: "studio" },
            orchestration: { name: "p", version: "1", input: {} },
            ...{ tools: [], policies: [], excludeVendors: [], preapproved: [] },
          },
        },
      ],
      ["root", program, { type: "task.created", task: { id: "a", text: "Do A" }, parallel: 1 }],
      [
        "root",
        program,
        { type: "work.requested", work: "w1", request: { type: "workspace.open", ...base, base: sha("a") } },
      ],
      [
        "root",
        runner,
        {
          type: "work.finished",
          work: "w1",
          result: { type: "workspace.opened", workspace: "/w", branch: "tutti/a" },
        },
      ],
      ["root", program, { type: "task.moved", task: "a", phase: "implementing", round: 0, detail: "" }],
      [
        "child",
        program,
        {
          type: "session.created",
          spec: {
            ...{ title: "a", agent: "polly", host: "studio", parent: "root", task: "a", role: "implementer" },
            harness: { harness: "some" },
            ...{ tools: [], policies: [], excludeVendors: [], preapproved: [] },
          },
        },
      ],
      ["child", program, started("t1", "Task: Do A")],
      ["child", runner, message("t1", "m1", "Done.")],
      ["child", runner, ended("t1")],
      [
        "root",
        program,
        {
          type: "work.requested",
          work: "w2",
          request: {
            ...{ type: "candidate.take", ...base, workspace: "/w", base: sha("a"), message: "A" },
            ...{ sources: [], previous: null },
          },
        },
      ],
      [
        "root",
        runner,
        {
          type: "work.finished",
          work: "w2",
          result: {
            type: "candidate.taken",
            candidate: {
              ...{ commit: sha("b"), tree: sha("c"), base: sha("a"), patchId: "p" },
              files: [{ path: "a.ts", status: "M", additions: 3, deletions: 1 }],
              ...{ diff: { text: "", cut: 0 }, flagged: [], changedSince: [] },
            },
          },
        },
      ],
    ];
    const seqs = new Map<string, number>();
    const logged = events.map(([session, by, event], at) => {
      const seq = (seqs.get(session) ?? 0) + 1;
      seqs.set(session, seq);
      return { session, seq, position: at + 1, at: "2026-03-14T13:00:00.000Z", by, event };
    });
    const root = foldAll(logged.filter(({ session }) => session === "root"));
    const child = foldAll(logged.filter(({ session }) => session === "child"));
    if (!root || !child) throw new Error("no states");
    const blocks = openTimeline().update({ root, children: [child], events: logged, earlier: 0 });
    expect(blocks.map(({ kind }) => kind)).toEqual(["words", "prepared", "turn"]);
    const turn = blocks.at(-1);
    expect(turn?.kind === "turn" && turn.facts.doing).toBe("implement");
    expect(turn?.kind === "turn" && turn.facts.candidate?.commit).toBe(sha("b"));
  });
});
