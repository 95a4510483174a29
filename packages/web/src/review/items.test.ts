import { expect, test } from "vitest";
import { drawLines } from "./drawn-lines.ts";
import type { ReviewFinding } from "./findings.ts";
import { type FileContents, itemsOf } from "./items.ts";
import { readPatch } from "./patch.ts";

const file = { path: "a.ts", status: "M", additions: 2, deletions: 1, from: null };
const hunks = drawLines(
  "a.ts",
  readPatch("@@ -1,3 +1,4 @@ first\n one\n-two\n+TWO\n+more\n three\n@@ -30 +31 @@\n-x\n+y\n"),
  { words: false, ignoreWhitespace: false },
);
const contents: FileContents = {
  ...{ file, isOpen: true, hunks, notices: [], findings: [], comments: [], draft: undefined },
};
const finding = { id: "finding-1" } as ReviewFinding;
const shape = (some: Partial<FileContents>, isSplit = false) =>
  itemsOf({ ...contents, ...some }, isSplit).map((item) =>
    item.type === "rows" ? `rows ${item.rows.length}` : item.type,
  );

test("a file is its head, its hunks and their lines", () => {
  expect(shape({})).toEqual(["file", "hunk", "rows 5", "hunk", "rows 2"]);
  expect(shape({}, true)).toEqual(["file", "hunk", "rows 4", "hunk", "rows 1"]);
  expect(shape({ isOpen: false })).toEqual(["file"]);
});

test("what is said stands under its line, on its side, in one column and in two", () => {
  const before = [{ side: "before" as const, line: 2, what: finding }];
  expect(shape({ findings: before })).toEqual([
    "file",
    "hunk",
    "rows 2",
    "finding",
    "rows 3",
    "hunk",
    "rows 2",
  ]);
  expect(shape({ findings: before }, true)[3]).toBe("finding");
  const comment = { id: "c", path: "a.ts", side: "after" as const, from: 2, to: 3, text: "t" };
  expect(shape({ comments: [comment] })).toEqual([
    "file",
    "hunk",
    "rows 4",
    "comment",
    "rows 1",
    "hunk",
    "rows 2",
  ]);
  const draft = { path: "a.ts", side: "after" as const, from: 4, to: 4 };
  expect(shape({ draft })).toEqual(["file", "hunk", "rows 5", "draft", "hunk", "rows 2"]);
});

test("what is said about lines that are not shown stands at the head of the file", () => {
  const away = [{ side: "after" as const, line: 900, what: finding }];
  expect(itemsOf({ ...contents, findings: away }, false)[1]).toMatchObject({
    type: "finding",
    isPlaced: false,
  });
  expect(shape({ hunks: undefined, findings: away })).toEqual(["file", "finding", "waiting"]);
});

test("a file without lines says why and waits for none", () => {
  expect(shape({ hunks: undefined, notices: [{ kind: "binary", words: "Binary file" }] })).toEqual([
    "file",
    "notice",
  ]);
});

test("many lines are drawn in blocks", () => {
  const added = Array.from({ length: 100 }, () => "+x").join("\n");
  const long = drawLines("a.txt", readPatch(`@@ -0,0 +1,100 @@\n${added}\n`), {
    words: true,
    ignoreWhitespace: false,
  });
  expect(shape({ hunks: long })).toEqual(["file", "rows 40", "rows 40", "rows 20"]);
});
