/** A change of thousands of files, for measuring: its files and its patches are computed, the same ones each time. */
import type { Candidate, ChangedFile } from "@tutti/core";
import { program, repository, sha, worktreeOf } from "./names.ts";
import { moved, request, saw, type Told, told, work } from "./telling.ts";
import { commits } from "./trees.ts";

export interface Review {
  candidate: Candidate;
  patchOf(path: string): string;
  story: Told[];
}

const root = "large-review";
const task = "large";
/** Lines that change in each file. */
const linesPerFile = 20;
const folders = [
  "src/api",
  "src/list",
  "src/sync",
  "src/search",
  "test/api",
  "test/list",
  "docs/reference",
  "db",
];

export function largeReview(files: number): Review {
  const changed = Array.from({ length: files }, (_, index): ChangedFile => {
    const folder = folders[index % folders.length] ?? "src";
    const fresh = index % 7 === 0;
    return {
      path: `${folder}/part-${String(Math.floor(index / 40)).padStart(3, "0")}/file-${String(index).padStart(5, "0")}.ts`,
      status: fresh ? "A" : "M",
      additions: fresh ? linesPerFile : linesPerFile / 2,
      deletions: fresh ? 0 : linesPerFile / 2,
    };
  });
  const status = new Map(changed.map((file) => [file.path, file.status]));
  const [commit, tree] = [sha("1a46e00"), sha("74ee00")];
  const candidate: Candidate = {
    ...{ commit, tree, base: commits.base.commit, patchId: sha("beef"), files: changed },
    diff: {
      text: changed
        .slice(0, 50)
        .map(({ path }) => patch(path, status.get(path) === "A"))
        .join(""),
      cut: files * 800,
    },
    ...{ flagged: [], changedSince: [] },
  };
  const evidence = [saw("tests", "npm test", tree, 31, " Tests  212 passed (212)\n")];
  return {
    candidate,
    patchOf: (path) => patch(path, status.get(path) === "A"),
    story: [
      ...request(root, "10:00:00", {
        title: "Rename every identifier",
        tasks: [{ id: task, text: "Rename every identifier to the new scheme." }],
      }),
      ...work(
        root,
        "inspect",
        "10:00:02",
        0.4,
        { type: "repository.inspect", path: repository },
        {
          type: "repository.inspected",
          ...{
            root: repository,
            target: "main",
            head: commits.base.commit,
            tree: commits.base.tree,
            dirty: [],
          },
        },
      ),
      moved(root, "10:00:03", task, "implementing"),
      ...work(
        root,
        "take",
        "10:30:00",
        4,
        {
          ...{ type: "candidate.take", task, workspace: worktreeOf(task), repository },
          ...{ base: commits.base.commit, message: "Rename", sources: [], previous: null },
        },
        { type: "candidate.taken", candidate },
      ),
      moved(root, "10:31:00", task, "consenting", "merge into main"),
      told(root, "10:31:01", program, {
        type: "approval.requested",
        approval: "merge-large",
        subject: {
          ...{ kind: "merge", task, commit, tree, target: "main", head: commits.base.commit },
          ...{ diff: candidate.diff, evidence, verdict: { approved: false, tree, findings: [] } },
          warnings: ["no review approves this change, and 3 fix rounds were allowed"],
          ...{ remarks: [], costUsd: 0, costSource: "list" },
        },
      }),
    ],
  };
}

function patch(path: string, fresh: boolean): string {
  const name = path.replace(/\W+/g, "_");
  const half = linesPerFile / 2;
  const line = (index: number, scheme: string) =>
    `export const ${scheme}_${index} = compute("${name}", ${index * 17}); // ${"same ".repeat(index % 4)}`;
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
  if (fresh)
    return `${[
      `diff --git a/${path} b/${path}`,
      "new file mode 100644",
      "--- /dev/null",
      `+++ b/${path}`,
      `@@ -0,0 +1,${linesPerFile} @@`,
      ...numbers(linesPerFile).map((index) => `+${line(index, "fresh")}`),
    ].join("\n")}\n`;
  return `${[
    `diff --git a/${path} b/${path}`,
    `--- a/${path}`,
    `+++ b/${path}`,
    `@@ -1,${half + 3} +1,${half + 3} @@`,
    ' import { compute } from "../compute";',
    " ",
    ...numbers(half).map((index) => `-${line(index, "old_name")}`),
    ...numbers(half).map((index) => `+${line(index, "newName")}`),
    " ",
  ].join("\n")}\n`;
}
