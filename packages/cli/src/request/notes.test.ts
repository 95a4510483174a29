import { expect, test } from "vitest";
import { noteIn, notesIn } from "./notes.ts";

test.each([
  ["src/a.ts:12: it is wrong", { file: "src/a.ts", line: 12, claim: "it is wrong" }],
  ["src/a.ts: say: why", { file: "src/a.ts", claim: "say: why" }],
  ["./a.ts:3:7: no", { file: "a.ts", line: 3, claim: "no" }],
  ["two words.md:1: shorter", { file: "two words.md", line: 1, claim: "shorter" }],
])("reads %s", (text, note) => {
  expect(noteIn(text)).toEqual({ severity: "blocking", evidence: "", ...note });
});

test.each(["it is wrong", "a.ts:12", "a.ts:0: no line", "/etc/hosts:1: elsewhere", ": nothing", "a.ts: "])(
  "does not take %j for a note",
  (text) => {
    expect(noteIn(text)).toBeUndefined();
  },
);

test("a file holds one note a line, and indented lines go on", () => {
  expect(notesIn("a.ts:1: first\n  and more\n\nb.ts: second\r\n")).toMatchObject({
    notes: [
      { file: "a.ts", line: 1, claim: "first\nand more" },
      { file: "b.ts", claim: "second" },
    ],
  });
  expect(notesIn("a.ts:1: first\nnot a note")).toEqual({ wrong: "not a note" });
  expect(notesIn("\n \n")).toEqual({ notes: [] });
});
