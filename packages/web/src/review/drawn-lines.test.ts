import { expect, test } from "vitest";
import { drawLines, inTwoColumns } from "./drawn-lines.ts";
import { readPatch } from "./patch.ts";

const draw = (patch: string, options = { words: true, ignoreWhitespace: false }) =>
  drawLines("a.ts", readPatch(patch), options).flatMap(({ lines }) => lines);

test("colours and marks cut a line into pieces that hold all of it", () => {
  const [old, fresh] = draw("@@ -1 +1 @@\n-  return midnight;\n+  return now(1);\n");
  expect(old?.pieces.map(({ text }) => text).join("")).toBe("  return midnight;");
  expect(fresh?.pieces).toEqual([
    { text: "  ", isMarked: false },
    { text: "return", kind: "key", isMarked: false },
    { text: " ", isMarked: false },
    { text: "now(", isMarked: true },
    { text: "1", kind: "number", isMarked: true },
    { text: ")", isMarked: true },
    { text: ";", isMarked: false },
  ]);
});

test("a comment that a removed line began does not go on in an added one", () => {
  const lines = draw("@@ -1,2 +1,2 @@\n-/* old\n+const a;\n-of b */\n+const b;\n");
  expect(lines.map(({ pieces }) => pieces[0]?.kind)).toEqual(["comment", "key", "comment", "key"]);
});

test("changes of white space are drawn as unchanged on wish", () => {
  const patch = "@@ -1,3 +1,3 @@\n-  a\n-b\n+a\n+c\n d\n";
  expect(draw(patch, { words: false, ignoreWhitespace: true }).map(({ kind, text }) => [kind, text])).toEqual(
    [
      ["same", "a"],
      ["removed", "b"],
      ["added", "c"],
      ["same", "d"],
    ],
  );
});

test("in two columns the new stands beside the old", () => {
  const rows = inTwoColumns(draw("@@ -1,3 +1,4 @@\n same\n-a\n+x\n+y\n+z\n-b\n"));
  expect(rows.map(({ before, after }) => [before?.text, after?.text])).toEqual([
    ["same", "same"],
    ["a", "x"],
    [undefined, "y"],
    [undefined, "z"],
    ["b", undefined],
  ]);
});
