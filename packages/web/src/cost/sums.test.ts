import type { CostRow, CostSums, MergedChange } from "@tutti/core";
import { expect, it } from "vitest";
import { everyDay, medianOf, paidWords, planWords, sorted, unknownWords } from "./sums.ts";

const none: CostSums = {
  ...{ calls: 0, input: 0, cacheRead: 0, cacheWrite: 0, output: 0, reportedUsd: 0, listUsd: 0 },
  ...{ subscriptionUsd: 0, subscriptionCalls: 0, subscriptionUnknownCalls: 0, unknownCalls: 0 },
};
const row = (key: string, more: Partial<CostRow> = {}): CostRow => ({
  ...none,
  ...{ key, root: null, title: null },
  ...more,
});

it("never says that what has no known price costs nothing", () => {
  expect(paidWords({ ...none, calls: 2, unknownCalls: 2 })).toBe("price unknown");
  expect(planWords({ ...none, calls: 1, subscriptionCalls: 1, subscriptionUnknownCalls: 1 })).toBe(
    "price unknown",
  );
  expect(unknownWords({ ...none, unknownCalls: 1, subscriptionUnknownCalls: 1 })).toBe(
    "2 calls without a known price",
  );
});

it("says about where a list price is in an amount, and keeps plans apart", () => {
  expect(paidWords({ ...none, calls: 1, reportedUsd: 1.2 })).toBe("$1.20");
  expect(paidWords({ ...none, calls: 2, reportedUsd: 1, listUsd: 0.5 })).toBe("about $1.50");
  const plan = { ...none, calls: 3, subscriptionCalls: 3, subscriptionUsd: 4 };
  expect([paidWords(plan), planWords(plan)]).toEqual(["", "about $4.00"]);
});

it("sorts rows up and down", () => {
  const rows = [row("b", { listUsd: 1, calls: 9 }), row("a", { listUsd: 2, calls: 1 })];
  expect(sorted(rows, "name", true).map(({ key }) => key)).toEqual(["a", "b"]);
  expect(sorted(rows, "paid", false).map(({ key }) => key)).toEqual(["a", "b"]);
  expect(sorted(rows, "calls", false).map(({ key }) => key)).toEqual(["b", "a"]);
});

it("finds the middle of what changes cost", () => {
  const change = (listUsd: number): MergedChange => ({
    ...none,
    ...{ root: "r", task: "t", title: "t", commit: null, at: "2026-03-14T00:00:00.000Z", listUsd },
  });
  const paid = ({ listUsd }: CostSums) => listUsd;
  expect(medianOf([change(3), change(1), change(2)], paid)).toBe(2);
  expect(medianOf([change(1), change(2)], paid)).toBe(1.5);
  expect(medianOf([], paid)).toBeUndefined();
});

it("has an entry for every day", () => {
  expect(
    everyDay([row("2026-03-02", { listUsd: 1, subscriptionUsd: 2 })], "2026-03-01", "2026-03-03"),
  ).toEqual([
    { day: "2026-03-01", paid: 0, plan: 0 },
    { day: "2026-03-02", paid: 1, plan: 2 },
    { day: "2026-03-03", paid: 0, plan: 0 },
  ]);
});
