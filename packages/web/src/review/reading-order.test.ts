import type { ChangedFile } from "@tutti/core";
import { expect, test } from "vitest";
import { groupOf, inReadingOrder } from "./reading-order.ts";

const file = (path: string, additions = 1, status = "M"): ChangedFile => ({
  path,
  status,
  additions,
  deletions: 0,
});

test.each([
  ["src/due.ts", "first"],
  ["db/0014_due_on.sql", "first"],
  ["package.json", "first"],
  [".github/workflows/ci.yml", "first"],
  ["src/contest/latest.ts", "first"],
  ["test/due.test.ts", "tests"],
  ["src/todo-row.spec.tsx", "tests"],
  ["pkg/server_test.go", "tests"],
  ["app/test_models.py", "tests"],
  ["src/main/DueTest.java", "tests"],
  ["package-lock.json", "routine"],
  ["README.md", "routine"],
  ["docs/guide.html", "routine"],
  ["src/api/schema.generated.ts", "routine"],
  ["test/__snapshots__/a.test.ts.snap", "routine"],
  ["public/logo.png", "routine"],
])("%s: %s", (path, group) => {
  expect(groupOf(file(path), false)).toBe(group);
});

test("a moved file is routine, one that also changed is not, and a finding makes any file one to read first", () => {
  expect(groupOf(file("src/a.ts", 0, "R"), false)).toBe("routine");
  expect(groupOf(file("src/a.ts", 3, "R"), false)).toBe("first");
  expect(groupOf(file("README.md"), true)).toBe("first");
});

test("what findings name stands first, then what changes most; groups without files are left out", () => {
  const order = inReadingOrder(
    [file("b.ts", 5), file("a.ts", 5), file("c.ts", 90), file("due.ts", 2), file("README.md")],
    new Set(["due.ts"]),
  );
  expect(order.map(({ group, files }) => [group, files.map(({ path }) => path)])).toEqual([
    ["first", ["due.ts", "c.ts", "a.ts", "b.ts"]],
    ["routine", ["README.md"]],
  ]);
});
