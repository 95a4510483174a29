import { expect, test } from "vitest";
import type { DiffLine } from "./patch.ts";
import { difference, type Range, wordMarks } from "./word-marks.ts";

const words = (text: string, ranges: readonly Range[]) => ranges.map(([from, to]) => text.slice(from, to));
const marked = (before: string, after: string) => {
  const [old, fresh] = difference(before, after);
  return [words(before, old), words(after, fresh)];
};

test("what was put into a line is marked there and nowhere else", () => {
  expect(
    marked(
      "isOverdue(due: DueDay, now = new Date()) {",
      "isOverdue(due: DueDay, zone: string, now = new Date()) {",
    ),
  ).toEqual([[], ["zone: string, "]]);
});

test("a line that was written anew is marked once", () => {
  expect(marked("  return new Date(due).getTime() < midnight;", "  return due < today(zone, now);")).toEqual([
    ["new Date(due).getTime() < midnight"],
    ["due < today(zone, now)"],
  ]);
});

test("two changes far from each other are marked apart", () => {
  expect(marked("const a = veryLongFunctionName(b);", "let a = veryLongFunctionName(c);")).toEqual([
    ["const", "b"],
    ["let", "c"],
  ]);
});

test("equal lines have no marks", () => {
  expect(marked("same", "same")).toEqual([[], []]);
});

test("a line is marked against the one that it replaces, wherever that stands in the block", () => {
  const line = (kind: DiffLine["kind"], text: string): DiffLine => ({ kind, text });
  const lines = [
    line("removed", "export function isOverdue(due: DueDay): boolean {"),
    line("removed", "  return midnight;"),
    line("added", "/** The day it is. */"),
    line("added", "export function isOverdue(due: DueDay, zone: string): boolean {"),
  ];
  const marks = wordMarks(lines);
  expect([...marks.keys()]).toEqual([3]);
  expect(words(lines[3]?.text ?? "", marks.get(3) ?? [])).toEqual([", zone: string"]);
});

test("large blocks are not weighed line by line", () => {
  const many = (kind: DiffLine["kind"], word: string) =>
    Array.from(
      { length: 300 },
      (_, index): DiffLine => ({ kind, text: `${word} ${index} is the same word` }),
    );
  expect(wordMarks([...many("removed", "old"), ...many("added", "new")]).size).toBe(600);
  expect(wordMarks([...many("removed", "old"), ...many("added", "new"), ...many("added", "x")]).size).toBe(0);
});
