import {
  type Event,
  foldAll,
  type LoggedEvent,
  type SessionSpec,
  type SessionState,
  sessionSpecSchema,
} from "@tutti/core";
import { describe, expect, it } from "vitest";
import { recipientsOf, wayTo } from "./ways.ts";

const spec = (more: Partial<SessionSpec>): SessionSpec =>
  sessionSpecSchema.parse({ title: "t", agent: "a", host: "h", ...more });

function session(id: string, of: SessionSpec, ...events: Event[]): SessionState {
  const log = [{ type: "session.created" as const, spec: of }, ...events].map(
    (event, at): LoggedEvent => ({
      ...{ session: id, seq: at + 1, position: at + 1, at: "2026-03-14T13:00:00.000Z" },
      by: { kind: "person", name: "Jo" },
      event: event as Event,
    }),
  );
  const state = foldAll(log);
  if (!state) throw new Error("no session");
  return state;
}

const harness = { harness: "some" };
const turn: Event = { type: "turn.started", turn: "t1", text: "do it", origin: "prompt" };
const tasks: Event[] = [{ type: "task.created", task: { id: "one", text: "do it" }, parallel: 1 }];
const root = session("root", spec({ orchestration: { name: "o", version: "1", input: {} } }), ...tasks);
const author = (...events: Event[]) =>
  session("author", spec({ parent: "root", task: "one", role: "implementer", harness }), ...events);

describe("a session that a harness plays by itself", () => {
  const own = (...events: Event[]) => session("own", spec({ harness }), ...events);

  it("takes words as a turn of its own, or into the open one", () => {
    for (const [state, canSteer, kind] of [
      [own(), true, "start"],
      [own(turn), true, "steer"],
      [own(turn), false, "wait-for-end"],
    ] as const) {
      const [recipient] = recipientsOf(state, []);
      expect(wayTo(state, [], recipient, canSteer).kind).toBe(kind);
    }
  });

  it("takes none when it is over", () => {
    const over = own({ type: "session.closed", reason: "done" });
    expect(recipientsOf(over, [])).toEqual([]);
    expect(wayTo(over, [], undefined, true)).toEqual({ kind: "none", why: "This session is over" });
  });
});

describe("an agent of a request", () => {
  it("takes words into its open turn, and lets them wait for the next one", () => {
    for (const [child, kind] of [
      [author(turn), "steer"],
      [author(), "wait-for-turn"],
    ] as const) {
      const [recipient] = recipientsOf(root, [child]);
      expect(wayTo(root, [child], recipient, true).kind).toBe(kind);
    }
  });

  it("says so where it takes none", () => {
    const child = author(turn);
    const [recipient] = recipientsOf(root, [child]);
    expect(wayTo(root, [child], recipient, false).kind).toBe("none");
  });

  it("is spoken to before others while it is busy", () => {
    const reviewer = session("r", spec({ parent: "root", task: "one", role: "reviewer", harness }), turn);
    expect(recipientsOf(root, [author(), reviewer]).map(({ role }) => role)).toEqual([
      "reviewer",
      "implementer",
    ]);
  });

  it("is not spoken to once its task is over", () => {
    const ended = session("root", spec({ orchestration: { name: "o", version: "1", input: {} } }), ...tasks, {
      type: "task.ended",
      task: "one",
      outcome: "declined",
      detail: "",
      mergedCommit: null,
    });
    expect(recipientsOf(ended, [author()])).toEqual([]);
  });
});
