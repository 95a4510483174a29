import { expect, test } from "vitest";
import { joined, type SyntaxState, syntaxOf, tokensOf } from "./syntax.ts";

function read(path: string, ...lines: string[]): [string, string][][] {
  const syntax = syntaxOf(path);
  if (!syntax) throw new Error("plain");
  let state: SyntaxState;
  return lines.map((line) => {
    const read = tokensOf(syntax, line, state);
    state = read.state;
    return joined(read.tokens).map(({ from, to, kind }): [string, string] => [line.slice(from, to), kind]);
  });
}

test("keywords, strings, numbers and comments are told apart", () => {
  expect(read("a.ts", 'export const day = new Date("2026-03-14", 0); // today')).toEqual([
    [
      ["export const", "key"],
      ["new", "key"],
      ['"2026-03-14"', "string"],
      ["0", "number"],
      ["// today", "comment"],
    ],
  ]);
});

test("comments and templates go over lines", () => {
  expect(read("a.ts", "/** A day,", " * not an instant. */ const a = `one", "two b`;")).toEqual([
    [["/** A day,", "comment"]],
    [
      [" * not an instant. */", "comment"],
      ["const", "key"],
      ["`one", "string"],
    ],
    [["two b`", "string"]],
  ]);
});

test("apostrophes, escapes and members are what they look like", () => {
  expect(read("a.tsx", "<p>don't stop</p>")).toEqual([[]]);
  expect(read("a.ts", '"a \\" b" + it.delete')).toEqual([[['"a \\" b"', "string"]]]);
});

test("other languages have their own", () => {
  expect(read("a.sql", "ALTER TABLE todos ADD COLUMN due_on date; -- may be empty")[0]).toEqual([
    ["ALTER TABLE", "key"],
    ["ADD COLUMN", "key"],
    ["date", "key"],
    ["-- may be empty", "comment"],
  ]);
  expect(read("a.json", '{ "a": "b", "c": 1 }')[0]).toEqual([
    ['"a"', "key"],
    ['"b"', "string"],
    ['"c"', "key"],
    ["1", "number"],
  ]);
  expect(read("a.yml", "  - name: build # it")[0]).toEqual([
    ["- name", "key"],
    ["# it", "comment"],
  ]);
  expect(read("a.py", 'def f(): """one', 'two""" ; return None')).toEqual([
    [
      ["def", "key"],
      ['"""one', "string"],
    ],
    [
      ['two"""', "string"],
      ["return None", "key"],
    ],
  ]);
});

test("what nobody knows is plain", () => {
  expect(syntaxOf("README.md")).toBeUndefined();
  expect(syntaxOf("Dockerfile")).toBeDefined();
});

test("no text makes the reader fail, and tokens stand in order within it", () => {
  const signs = ["\\", '"', "'", "`", "/*", "*/", "//", "<!--", "x1", "1e", "\u{1f600}", " ", "$", "#"];
  for (let seed = 1; seed < 300; seed += 1) {
    const text = Array.from(
      { length: 12 },
      (_, i) => signs[(seed * (i + 7) * 31 + i * i) % signs.length],
    ).join("");
    for (const path of ["a.ts", "a.py", "a.html", "a.yml", "a.css", "a.sh", "a.sql"]) {
      const syntax = syntaxOf(path);
      if (!syntax) continue;
      let last = 0;
      for (const { from, to } of tokensOf(syntax, text, undefined).tokens) {
        expect(from).toBeGreaterThanOrEqual(last);
        expect(to).toBeGreaterThan(from);
        last = to;
      }
      expect(last).toBeLessThanOrEqual(text.length);
    }
  }
});
