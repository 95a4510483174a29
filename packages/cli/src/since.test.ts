import { expect, test } from "vitest";
import { sinceTime } from "./since.ts";

const now = Date.parse("2030-01-31T12:00:00Z");

test.each([
  ["90m", "2030-01-31T10:30:00.000Z"],
  ["12h", "2030-01-31T00:00:00.000Z"],
  ["7d", "2030-01-24T12:00:00.000Z"],
  ["2w", "2030-01-17T12:00:00.000Z"],
  ["2030-01-01", "2030-01-01T00:00:00.000Z"],
  ["2030-01-01T10:00", "2030-01-01T10:00:00.000Z"],
  ["2030-01-01T10:00:00+02:00", "2030-01-01T08:00:00.000Z"],
])("%s is %s", (text, time) => {
  expect(sinceTime(text, now)).toBe(time);
});

test.each(["", "7", "7y", "-1d", "yesterday", "2030-13-01", "1.5h"])("%j is no time", (text) => {
  expect(() => sinceTime(text, now)).toThrow(/how long ago/);
});
