import type { InboxItem } from "@tutti/core";
import { expect, test } from "vitest";
import { type Arranged, arrange } from "./arrange.ts";

const item = (task: string, detail = ""): InboxItem => ({
  ...{
    kind: "failed",
    root: "r",
    title: task,
    repository: null,
    harnesses: [],
    task,
    outcome: "failed",
    detail,
  },
  ...{ at: "2030-01-01T00:00:00.000Z", costUsd: 0, costSource: "list" },
});
const items = (...tasks: string[]) => tasks.map((task) => item(task));
const free = { held: false, kept: new Set<string>() };
const names = ({ rows }: Arranged) => rows.map(({ item, ended }) => `${item.title}${ended ? " ended" : ""}`);

test("rows stand in the inbox's order; only what comes later is fresh", () => {
  const first = arrange(undefined, items("a", "b"), free);
  expect(first.rows.map(({ fresh }) => fresh)).toEqual([false, false]);
  const second = arrange(first.rows, items("c", "a", "b"), free);
  expect(names(second)).toEqual(["c", "a", "b"]);
  expect(second.rows.map(({ fresh }) => fresh)).toEqual([true, false, false]);
});

test("under the pointer nothing moves: what is new waits, what is gone stays, what changed is shown", () => {
  const first = arrange(undefined, items("a", "b", "c"), free);
  const changed = [item("new"), item("c", "changed"), item("a")];
  const held = arrange(first.rows, changed, { ...free, held: true });
  expect(names(held)).toEqual(["a", "b ended", "c"]);
  expect(held.rows[2]?.item).toMatchObject({ detail: "changed" });
  expect(held.waiting).toBe(1);
  expect(names(arrange(held.rows, changed, free))).toEqual(["new", "c", "a"]);
});

test("a row that is kept stays at its place when its item is gone", () => {
  const first = arrange(undefined, items("a", "b", "c"), free);
  const kept = new Set(["r/b"]);
  const second = arrange(first.rows, items("a", "c"), { held: false, kept });
  expect(names(second)).toEqual(["a", "b ended", "c"]);
  expect(names(arrange(second.rows, items("a", "c"), free))).toEqual(["a", "c"]);
});

test("an empty list shows what comes, wherever the pointer is", () => {
  const held = { ...free, held: true };
  expect(names(arrange([], items("a"), held))).toEqual(["a"]);
});
