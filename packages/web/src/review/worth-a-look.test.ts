import type { ChangedFile } from "@tutti/core";
import { expect, test } from "vitest";
import { someNames, worthALook } from "./worth-a-look.ts";

const file = (path: string, status = "M"): ChangedFile => ({ path, status, additions: 1, deletions: 1 });
const kinds = (...paths: string[]) =>
  worthALook({ files: paths.map((path) => file(path)), flagged: [] }).map(({ kind }) => kind);

test.each([
  ["db/0014_due_on.sql", "database"],
  ["app/migrations/0002_auto.py", "database"],
  ["package.json", "dependencies"],
  ["api/requirements-dev.txt", "dependencies"],
  ["go.sum", "dependencies"],
  [".github/workflows/ci.yml", "pipeline"],
  ["deploy/main.tf", "pipeline"],
  ["Dockerfile", "pipeline"],
  [".github/CODEOWNERS", "permissions"],
  ["src/auth/token.ts", "permissions"],
  [".env.production", "permissions"],
])("%s: %s", (path, kind) => {
  expect(kinds(path)).toEqual([kind]);
});

test("ordinary files and tests are nothing to look at", () => {
  expect(kinds("src/due.ts", "src/author.ts", "test/auth/token.test.ts", "README.md")).toEqual([]);
});

test("what defines the checks comes first, deleted files last", () => {
  const worth = worthALook({
    files: [file("package.json"), file("src/old.ts", "D")],
    flagged: ["package.json"],
  });
  expect(worth.map(({ kind }) => kind)).toEqual(["rules", "dependencies", "deleted"]);
});

test("names are told without folders, and how many more there are", () => {
  expect(someNames(["src/due.ts"])).toBe("due.ts");
  expect(someNames(["a/1", "a/2", "a/3", "a/4"])).toBe("1, 2, 3 and 1 more");
});
