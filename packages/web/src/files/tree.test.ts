import type { FolderEntry } from "@tutti/core";
import { describe, expect, it } from "vitest";
import { foldersTo, foldersWith, type Listing, treeRows } from "./tree.ts";

const entry = (name: string, kind: FolderEntry["kind"] = "file"): FolderEntry => ({ name, kind, size: null });
const listings: Record<string, Listing | Error> = {
  "": { entries: [entry("src", "folder"), entry("docs", "folder"), entry("README.md")], cut: 0 },
  src: { entries: [entry("a.ts")], cut: 7 },
  docs: new Error("it cannot be read"),
};
const rows = (...open: string[]) => treeRows((path) => listings[path], new Set(open));

describe("a tree", () => {
  it("shows what is in open folders, below them", () => {
    expect(rows("src").map((row) => (row.type === "entry" ? row.path : row.words))).toEqual([
      "src",
      "src/a.ts",
      "7 more are not shown",
      "docs",
      "README.md",
    ]);
  });

  it("says where a row stands among its siblings", () => {
    expect(rows("src").find((row) => row.path === "README.md")).toMatchObject({ place: 3, of: 3, depth: 0 });
    expect(rows("src").find((row) => row.path === "src/a.ts")).toMatchObject({ place: 1, of: 1, depth: 1 });
  });

  it("says why a folder cannot be shown, and that one is on its way", () => {
    expect(rows("docs")[2]).toMatchObject({ type: "note", words: "it cannot be read", depth: 1 });
    expect(treeRows(() => undefined, new Set())).toMatchObject([{ type: "note", words: "Loading" }]);
  });
});

it("knows the folders that lead to a path", () => {
  expect(foldersTo("a/b/c.ts")).toEqual(["a", "a/b"]);
  expect(foldersTo("c.ts")).toEqual([]);
  expect([...foldersWith(["a/b.ts", "a/c/d.ts"])]).toEqual(["a", "a/c"]);
});
