import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { cells, cut, plain, plainLines, render, wrapped } from "./text.ts";

const stream = new Writable();

test("cells counts what a terminal shows", () => {
  expect(cells("abc")).toBe(3);
  expect(cells("日本")).toBe(4);
  expect(cells("e\u0301")).toBe(1);
  expect(cells("👩‍👩‍👧")).toBe(2);
});

test("a text is cut to its width, never in the middle of a character", () => {
  expect(cut("abcdef", 4)).toBe("abc…");
  expect(cut("日本語", 4)).toBe("日…");
  expect(cut("abc", 3)).toBe("abc");
  expect(cut("abc", 0)).toBe("");
});

test("text from outside steers no terminal", () => {
  expect(plain("a\u001b[31mb\u001b]0;title\u0007c\r\n\td\u202e")).toBe("abc d");
  expect(plainLines("a\u001b[2Jb\r\n\tc\u0008")).toEqual(["ab", "    c"]);
});

test("a line is cut before it is coloured, and plain where there are no colours", () => {
  expect(render(["ab", { text: "cdef", look: "red" }], { columns: 4, stream })).toBe("abc…");
  expect(render(["abcd", "e"], { columns: 4, stream })).toBe("abcd");
});

test("a long line goes on below where its text began", () => {
  const lines = wrapped(["12 "], ["one two ", { text: "three four five six seven", look: "red" }], 23);
  expect(lines.map((line) => render(line, { columns: 80, stream }).trimEnd())).toEqual([
    "12 one two three four",
    "   five six seven",
  ]);
});
