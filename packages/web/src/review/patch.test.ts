import { expect, test } from "vitest";
import { countLines, readPatch, splitDiff } from "./patch.ts";

const patch = `diff --git a/src/due.ts b/src/due.ts
index 1..2 100644
--- a/src/due.ts
+++ b/src/due.ts
@@ -9,4 +9,5 @@ export const day
 same
-old
--- not a header
+new
+++ neither
+third

@@ -40,0 +42,2 @@ isOverdue
+a
\\ No newline at end of file
+b
`;

test("lines have their numbers, and what looks like a header inside of a hunk is a line", () => {
  const { hunks } = readPatch(patch);
  expect(hunks[0]?.lines).toEqual([
    { kind: "same", text: "same", before: 9, after: 9 },
    { kind: "removed", text: "old", before: 10 },
    { kind: "removed", text: "-- not a header", before: 11 },
    { kind: "added", text: "new", after: 10 },
    { kind: "added", text: "++ neither", after: 11 },
    { kind: "added", text: "third", after: 12 },
    { kind: "same", text: "", before: 12, after: 13 },
  ]);
  expect(hunks.map(({ heading, skipped }) => [heading, skipped])).toEqual([
    ["export const day", 8],
    ["isOverdue", 28],
  ]);
  expect(hunks[1]?.lines.map(({ text, after }) => [text, after])).toEqual([
    ["a", 42],
    ["b", 43],
  ]);
  expect(countLines(readPatch(patch))).toEqual({ additions: 5, deletions: 2 });
});

test("a new file begins at its first line", () => {
  const { hunks } = readPatch("--- /dev/null\n+++ b/a\n@@ -0,0 +1,2 @@\n+x\n+y\n");
  expect(hunks).toEqual([
    {
      heading: "",
      skipped: 0,
      lines: [
        { kind: "added", text: "x", after: 1 },
        { kind: "added", text: "y", after: 2 },
      ],
    },
  ]);
});

test("binary files, modes and renames are told", () => {
  expect(readPatch("Binary files a/x.png and b/x.png differ\n").isBinary).toBe(true);
  expect(readPatch("old mode 100644\nnew mode 100755\n").mode).toBe("100644 → 100755");
  expect(readPatch("similarity index 100%\nrename from a.ts\nrename to b.ts\n").from).toBe("a.ts");
});

test("a patch whose middle was cut ends its hunk there", () => {
  const { hunks } = readPatch(
    "@@ -1,9 +1,9 @@\n a\n… 40 characters left out …\n b\n@@ -20,1 +20,1 @@\n-c\n+d\n",
  );
  expect(hunks.map(({ lines }) => lines.length)).toEqual([1, 2]);
});

test("a diff is cut by file", () => {
  const renamed = "diff --git a/a.ts b/b.ts\nsimilarity index 100%\nrename from a.ts\nrename to b.ts\n";
  const gone =
    "diff --git a/g.ts b/g.ts\ndeleted file mode 100644\n--- a/g.ts\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n";
  const binary = "diff --git a/i.png b/i.png\nBinary files a/i.png and b/i.png differ\n";
  const files = splitDiff(patch + renamed + gone + binary);
  expect([...files.keys()]).toEqual(["src/due.ts", "b.ts", "g.ts", "i.png"]);
  expect(files.get("src/due.ts")).toBe(patch);
});
