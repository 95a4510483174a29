import { expect, test } from "vitest";
import { openFailureLimit } from "./failure-limit.ts";

test("some failures are free, then each costs a wait; others are not concerned", () => {
  let time = 1_000_000;
  const limit = openFailureLimit(() => new Date(time));
  for (let count = 0; count < 20; count++) {
    expect(limit.wait("one")).toBe(0);
    limit.failed("one");
  }
  expect(limit.wait("one")).toBe(3_000);
  expect(limit.wait("other")).toBe(0);
  time += 3_000;
  expect(limit.wait("one")).toBe(0);
  limit.failed("one");
  expect(limit.wait("one")).toBe(3_000);
  time += 60_000;
  for (let count = 0; count < 20; count++) limit.failed("one");
  expect(limit.wait("one")).toBe(3_000);
});

test("of very many callers the one that failed the longest time ago is forgotten", () => {
  const limit = openFailureLimit(() => new Date(0));
  for (let count = 0; count < 20; count++) limit.failed("first");
  for (let count = 0; count < 20; count++) limit.failed("second");
  for (let count = 0; count < 998; count++) limit.failed(`caller ${count}`);
  expect(limit.wait("first")).toBe(3_000);
  limit.failed("one more");
  expect(limit.wait("first")).toBe(0);
  expect(limit.wait("second")).toBe(3_000);
});
