import type { CostSums } from "@tutti/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { costInWords, medianOf, timeOf, worthOf } from "./cost-words.ts";

const sums = (more: Partial<CostSums>): CostSums => ({
  ...{ calls: 1, input: 0, cacheRead: 0, cacheWrite: 0, output: 0, reportedUsd: 0, listUsd: 0 },
  ...{ subscriptionUsd: 0, subscriptionCalls: 0, subscriptionUnknownCalls: 0, unknownCalls: 0 },
  ...more,
});

test.each([
  [{ calls: 0 }, "nothing used", 0],
  [{ reportedUsd: 1.2 }, "$1.20", 1.2],
  [{}, "$0.00", 0],
  [{ listUsd: 0.004 }, "$0.0040 at list price", 0.004],
  [{ calls: 2, listUsd: 1, reportedUsd: 1 }, "$2.00", 2],
  [{ unknownCalls: 1 }, "unknown", null],
  [{ calls: 3, unknownCalls: 2, reportedUsd: 1 }, "$1.00 + unknown (2 calls)", null],
  [{ subscriptionCalls: 1, subscriptionUsd: 0.4 }, "subscription ($0.40 at list price)", 0.4],
  [{ subscriptionCalls: 1, subscriptionUnknownCalls: 1 }, "subscription", null],
  [
    { calls: 3, subscriptionCalls: 1, subscriptionUsd: 2, unknownCalls: 1, listUsd: 1 },
    "$1.00 at list price + subscription ($2.00 at list price) + unknown (1 call)",
    null,
  ],
])("%j is said as %s", (more, words, worth) => {
  expect(costInWords(sums(more))).toBe(words);
  expect(worthOf(sums(more))).toBe(worth);
});

test("what has no price is never an amount", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), (unknownCalls) => {
      const words = costInWords(sums({ calls: unknownCalls, unknownCalls }));
      expect(words).toBe("unknown");
    }),
  );
});

test("the median is the middle of what is known", () => {
  expect(medianOf([])).toBeNull();
  expect(medianOf([null])).toBeNull();
  expect(medianOf([3, null, 1])).toBe(2);
  expect(medianOf([5, 1, 2])).toBe(2);
});

test("times are spans or days", () => {
  const now = Date.parse("2030-01-31T12:00:00Z");
  expect(timeOf("7d", now)?.toISOString()).toBe("2030-01-24T12:00:00.000Z");
  expect(timeOf("90m", now)?.toISOString()).toBe("2030-01-31T10:30:00.000Z");
  expect(timeOf("2030-01-01", now)?.toISOString()).toBe("2030-01-01T00:00:00.000Z");
  for (const text of ["", "7", "d", "yesterday", "2030-13-01", "-1d"])
    expect(timeOf(text, now)).toBeUndefined();
});
