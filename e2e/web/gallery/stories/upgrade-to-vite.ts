/** Three rounds, and the checks are still red: the request ended without a merge. */
import { pi, program, repository, sha, worktreeOf } from "../names.ts";
import { edits, moved, request, runs, saw, says, seated, type Told, told, turn, work } from "../telling.ts";
import { candidate, commits } from "../trees.ts";

const root = "upgrade-to-vite-8";
const task = "vite-8";
const author = {
  session: "upgrade-to-vite-8-implementer",
  title: "implementer: Upgrade to Vite 8",
  player: pi,
  workspace: worktreeOf(task),
  under: { root, task, role: "implementer" },
} as const;
const checks = [
  { name: "types", command: "npm run types", timeoutSeconds: 1_200 },
  { name: "tests", command: "npm test", timeoutSeconds: 1_200 },
];
const red =
  " FAIL  test/due.test.ts > due today is not overdue\nAssertionError: expected true to be false // Object.is equality\n ❯ test/due.test.ts:31:5\n\n Test Files  1 failed | 22 passed (23)\n      Tests  1 failed | 215 passed (216)\n";

const round = (n: number, at: readonly [string, string, string, string], usd: number): Told[] => {
  const tree = sha(`b17e${n}`);
  const commit = sha(`a8${n}e55`);
  const made = { ...candidate("reviewed"), commit, tree, flagged: ["package.json"] };
  return [
    ...(n === 1
      ? [moved(root, at[0], task, "implementing")]
      : [moved(root, at[0], task, "fixing", "tests red", n - 1)]),
    ...(n === 1 ? seated(at[0], author) : []),
    ...turn(author, `round-${n}`, {
      from: at[1],
      to: at[2],
      text:
        n === 1
          ? "Task: Upgrade to Vite 8."
          : "Checks fail on your change. Mend what makes them fail and nothing else.",
      usd,
      steps: [
        edits(at[1], "package.json", '@@ -12,1 +12,1 @@\n-    "vite": "7.3.1"\n+    "vite": "8.0.0"\n'),
        runs(at[1], "npm install", "changed 14 packages in 9s\n", 9),
        runs(at[1], "npm test", red, 33, false),
        says(
          at[2],
          "The test of due dates still fails: the new transform hoists the fake clock above the import.",
        ),
      ],
    }),
    ...work(
      root,
      `take-${n}`,
      at[2],
      1,
      {
        ...{
          type: "candidate.take",
          task,
          workspace: author.workspace,
          repository,
          base: commits.base.commit,
        },
        ...{ message: "Upgrade to Vite 8", sources: ["package.json"], previous: null },
      },
      { type: "candidate.taken", candidate: made },
    ),
    moved(root, at[2], task, "checking", "types, tests", n - 1),
    ...work(
      root,
      `check-${n}`,
      at[3],
      36,
      {
        ...{ type: "check.run", task, workspace: author.workspace, commit, tree, checks, keep: false },
      },
      {
        type: "check.finished",
        evidence: [saw("types", "npm run types", tree, 4, ""), saw("tests", "npm test", tree, 32, red, 1)],
      },
    ),
  ];
};

export const upgradeToVite: Told[] = [
  ...request(root, "12:20:00", {
    title: "Upgrade to Vite 8",
    tasks: [{ id: task, text: "Upgrade to Vite 8." }],
  }),
  ...work(
    root,
    "inspect",
    "12:20:02",
    0.4,
    { type: "repository.inspect", path: repository },
    {
      type: "repository.inspected",
      ...{ root: repository, target: "main", head: commits.base.commit, tree: commits.base.tree, dirty: [] },
    },
  ),
  moved(root, "12:20:03", task, "preparing", "worktree, set-up, checks on the base"),
  ...work(
    root,
    "open",
    "12:20:04",
    1,
    { type: "workspace.open", task, repository, base: commits.base.commit },
    {
      ...{ type: "workspace.opened", workspace: author.workspace, branch: "feat/vite-8" },
    },
  ),
  ...round(1, ["12:20:30", "12:20:32", "12:34:10", "12:34:12"], 1.31),
  ...round(2, ["12:34:50", "12:34:52", "12:47:00", "12:47:02"], 0.88),
  ...round(3, ["12:47:40", "12:47:42", "13:04:10", "13:04:12"], 0.71),
  told(root, "13:04:58", program, {
    ...{ type: "task.noted", task, level: "warning", text: "red on this change: tests" },
  }),
  told(root, "13:05:00", program, {
    ...{ type: "task.ended", task, outcome: "checks-failed", mergedCommit: null },
    detail: "tests failed 3 times in a row on due.test.ts",
  }),
];
