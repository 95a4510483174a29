import type { SessionSummary } from "@tutti/core";
import { describe, expect, it } from "vitest";
import { choicesOf, filtered, grouped, rowsOf, stageWords } from "./arrange.ts";

const session = (id: string, more: Partial<SessionSummary> = {}): SessionSummary => ({
  ...{ id, title: id, agent: "a", host: "h1", parent: null, role: null, status: "working", detail: "" },
  ...{ activity: "working", repository: "/code/todos", phase: null, tasks: { total: 1, ended: 0 } },
  ...{ outcome: null, harnesses: ["one"], changes: null, questions: 0, seq: 1 },
  ...{ createdAt: `2026-03-14T13:0${id.length}:00.000Z`, updatedAt: "2026-03-14T14:00:00.000Z" },
  ...{ costUsd: null, costSource: "unknown" },
  ...more,
});

describe("groups", () => {
  const all = [
    session("a", { activity: "merged" }),
    session("bb", { activity: "waiting", repository: "/code/api" }),
    session("ccc", { activity: "starting" }),
    session("dddd", { repository: null }),
  ];

  it("by state begin with what waits for the person, and leave empty ones out", () => {
    expect(grouped(all, "state").map(({ title, sessions }) => [title, sessions.map(({ id }) => id)])).toEqual(
      [
        ["Waiting for you", ["bb"]],
        ["Working", ["dddd", "ccc"]],
        ["Merged", ["a"]],
      ],
    );
  });

  it("by repository are in the order of their names", () => {
    expect(grouped(all, "repository").map(({ title }) => title)).toEqual(["api", "No repository", "todos"]);
  });

  it("keep their order when a session goes on", () => {
    const order = (sessions: SessionSummary[]) =>
      grouped(sessions, "repository").flatMap((group) => group.sessions.map(({ id }) => id));
    const later = all.map((one) => ({ ...one, updatedAt: `2026-03-15T0${one.id.length}:00:00.000Z` }));
    expect(order(later)).toEqual(order(all));
  });

  it("fold their sessions", () => {
    const rows = rowsOf(grouped(all, "state"), new Set(["working"]));
    expect(rows.map(({ key }) => key)).toEqual(["group waiting", "bb", "group working", "group merged", "a"]);
  });
});

it("is filtered by project, machine and agent", () => {
  const all = [session("a"), session("bb", { host: "h2", harnesses: ["two"], repository: "/code/api" })];
  expect(filtered(all, { host: "h2" }).map(({ id }) => id)).toEqual(["bb"]);
  expect(filtered(all, { harness: "one" }).map(({ id }) => id)).toEqual(["a"]);
  expect(filtered(all, { repository: "/code/api", host: "h1" })).toEqual([]);
  expect(choicesOf(all)).toEqual({
    repositories: ["/code/api", "/code/todos"],
    hosts: ["h1", "h2"],
    harnesses: ["one", "two"],
  });
});

it("says where its tasks are", () => {
  expect(stageWords(session("a", { phase: "checking" }))).toBe("Checks");
  expect(stageWords(session("a", { phase: "checking", tasks: { total: 3, ended: 2 } }))).toBe(
    "2 of 3 tasks, checks",
  );
  expect(stageWords(session("a", { outcome: "checks-failed" }))).toBe("Checks failed");
  expect(stageWords(session("a"))).toBe("");
});
