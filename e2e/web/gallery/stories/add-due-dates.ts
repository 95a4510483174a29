/** The main story: implemented, checked, reviewed blind, one finding fixed, and now a person decides. */
import { claude, codex, program, repository, runner, worktreeOf } from "../names.ts";
import {
  calls,
  edits,
  moved,
  reads,
  request,
  runs,
  saw,
  says,
  seated,
  type Told,
  thinks,
  told,
  turn,
  work,
} from "../telling.ts";
import { candidate, commits, patchBetween } from "../trees.ts";

const root = "add-due-dates";
const task = "due-dates";
const worktree = worktreeOf(task);
const checks = [
  { name: "types", command: "npm run types", timeoutSeconds: 1_200 },
  { name: "lint", command: "npm run lint", timeoutSeconds: 1_200 },
  { name: "tests", command: "npm test", timeoutSeconds: 1_200 },
  { name: "build", command: "npm run build", timeoutSeconds: 1_200 },
];

const evidence = (tree: string, tests: number, seconds: readonly [number, number, number, number]) => [
  saw("types", "npm run types", tree, seconds[0], "> tsc --noEmit\n"),
  saw("lint", "npm run lint", tree, seconds[1], "Checked 64 files in 118ms. No fixes applied.\n"),
  saw(
    "tests",
    "npm test",
    tree,
    seconds[2],
    ` ✓ test/list.test.ts (41 tests)\n ✓ test/due.test.ts (14 tests)\n ✓ test/todo-row.test.tsx (9 tests)\n\n Test Files  23 passed (23)\n      Tests  ${tests} passed (${tests})\n`,
  ),
  saw("build", "npm run build", tree, seconds[3], "dist/index.html   0.46 kB\n✓ built in 9.81s\n"),
];

const author = {
  session: "add-due-dates-implementer",
  title: "implementer: Add due dates to todos",
  player: claude,
  workspace: worktree,
  under: { root, task, role: "implementer" },
} as const;

const reviewer = (round: number) =>
  ({
    session: `add-due-dates-reviewer-${round}`,
    title: "reviewer: Add due dates to todos",
    player: codex,
    workspace: `/home/jo/.local/share/tutti/reviews/due-dates-${round}`,
    under: { root, task, role: "reviewer" },
  }) as const;

const finding = {
  severity: "blocking",
  file: "src/due.ts",
  line: 14,
  claim:
    'A todo due today shows as overdue west of UTC: `new Date("2026-03-14")` is midnight in UTC. In Los Angeles that is still the 13th, so the todo turns red all day.',
  evidence:
    "$ TZ=America/Los_Angeles npm test due\n FAIL  test/due.test.ts > due today is not overdue\nAssertionError: expected true to be false\n 1 failed | 12 passed",
} as const;
const note = {
  severity: "note",
  file: "src/list-sort.ts",
  line: 13,
  claim: "Comparing the days as text is right for years of four digits alone.",
  evidence: "",
} as const;

const taken = (name: "reviewed" | "fixed", id: string, at: string): Told[] =>
  work(
    root,
    id,
    at,
    1,
    {
      ...{ type: "candidate.take", task, workspace: worktree, repository, base: commits.base.commit },
      ...{ message: "Add due dates to todos", sources: ["package.json"] },
      previous: name === "fixed" ? commits.reviewed.commit : null,
    },
    { type: "candidate.taken", candidate: candidate(name, name === "fixed" ? "reviewed" : undefined) },
  );

const checked = (
  name: "base" | "reviewed" | "fixed",
  id: string,
  at: string,
  tests: number,
  seconds: readonly [number, number, number, number],
): Told[] => {
  const { commit, tree } = commits[name];
  const all = seconds.reduce((sum, one) => sum + one, 0);
  return work(
    root,
    id,
    at,
    all,
    { type: "check.run", task, workspace: worktree, commit, tree, checks, keep: name === "base" },
    { type: "check.finished", evidence: evidence(tree, tests, seconds) },
  );
};

const opened = (name: "reviewed" | "fixed", round: number, at: string): Told[] =>
  work(
    root,
    `review-${round}`,
    at,
    1,
    {
      ...{ type: "review.open", task, repository, base: commits.base.commit },
      ...{ commit: commits[name].commit, name: `due-dates-${round}` },
    },
    { type: "review.opened", folder: reviewer(round).workspace, diff: candidate(name).diff },
  );

const submitted = (
  round: number,
  at: string,
  id: string,
  findings: readonly (typeof finding | typeof note)[],
): Told =>
  told(reviewer(round).session, at, runner, {
    type: "review.submitted",
    turn: id,
    review: { findings: [...findings], summary: "The change does what was asked." },
  });

const verdict = (
  name: "reviewed" | "fixed",
  round: number,
  at: string,
  findings: readonly (typeof finding | typeof note)[],
): Told =>
  told(root, at, program, {
    type: "verdict.recorded",
    task,
    round,
    verdict: {
      approved: !findings.some(({ severity }) => severity === "blocking"),
      tree: commits[name].tree,
      findings: [...findings],
      reviewer: reviewer(round).session,
      implementerVendors: [claude.vendor],
      reviewerVendors: [codex.vendor],
    },
  });

const asked = "Add due dates to todos. A date, not a time. Overdue ones in red, sorted by date.";
const { reviewed, fixed } = commits;

export const addDueDates: Told[] = [
  ...request(root, "13:18:40", {
    title: "Add due dates to todos",
    tasks: [
      {
        id: task,
        text: asked,
        contract:
          "A todo may have a date. Todos without one come last. What is overdue is red wherever the person is.",
      },
    ],
  }),
  ...work(
    root,
    "inspect",
    "13:18:43",
    0.4,
    { type: "repository.inspect", path: repository, target: "main" },
    {
      type: "repository.inspected",
      root: repository,
      target: "main",
      head: commits.base.commit,
      tree: commits.base.tree,
      dirty: [],
    },
  ),
  ...work(
    root,
    "project",
    "13:18:44",
    0.2,
    {
      ...{ type: "project.read", repository, commit: commits.base.commit, checkSeconds: 1_200, claims: [] },
    },
    {
      type: "project.found",
      project: {
        checks,
        setup: ["npm ci"],
        copy: [".env"],
        sources: ["package.json"],
        policies: [],
        trust: null,
      },
    },
  ),
  moved(root, "13:18:45", task, "preparing", "worktree, set-up, checks on the base"),
  ...work(
    root,
    "open",
    "13:18:46",
    1,
    { type: "workspace.open", task, repository, base: commits.base.commit },
    {
      type: "workspace.opened",
      workspace: worktree,
      branch: "feat/due-dates",
    },
  ),
  ...work(
    root,
    "set-up",
    "13:18:47",
    12,
    {
      ...{ type: "workspace.set-up", task, workspace: worktree, repository, commands: ["npm ci"] },
      ...{ copy: [".env"], timeoutSeconds: 1_200 },
    },
    {
      type: "workspace.ready",
      steps: [
        {
          ...{ command: "npm ci", exitCode: 0, timedOut: false, durationMs: 11_200 },
          output: { text: "added 312 packages in 11s\n", cut: 0 },
        },
      ],
      copied: [".env"],
    },
  ),
  ...checked("base", "check-base", "13:19:00", 201, [4, 2, 8, 5]),
  moved(root, "13:19:20", task, "implementing"),
  ...seated("13:19:21", author),
  ...turn(author, "implement", {
    from: "13:19:22",
    to: "13:25:34",
    text: `Task: ${asked}\n\nAcceptance contract:\nA todo may have a date. Todos without one come last. What is overdue is red wherever the person is.`,
    usd: 0.84,
    tokens: [18_400, 612_000, 21_900],
    steps: [
      says("13:19:30", "I'll look at how todos are stored and shown first."),
      thinks(
        "13:19:33",
        "A date without a time: a `date` column and a string in TypeScript. A `Date` would bring a zone along that nobody asked for.",
      ),
      ...[
        "package.json",
        "README.md",
        "src/types.ts",
        "src/todo-row.tsx",
        "src/list-sort.ts",
        "src/api/schema.ts",
      ].map((file, index) => reads(`13:19:${40 + index * 2}`, file, commits.base.files.get(file))),
      calls(
        "13:19:55",
        { kind: "search", name: "Grep", input: { pattern: "sortTodos\\(", path: "." } },
        { seconds: 0.3, output: "src/list.tsx:18\nsrc/export.ts:7\ntest/list.test.ts:12" },
      ),
      ...[
        "src/list.tsx",
        "src/export.ts",
        "test/list.test.ts",
        "test/todo-row.test.tsx",
        "src/api/sql.ts",
        "db/0013_owner.sql",
        "src/app.css",
        "src/server.ts",
      ].map((file, index) => reads(`13:20:${10 + index * 3}`, file, commits.base.files.get(file) ?? "…")),
      runs(
        "13:20:50",
        "git log --oneline -5",
        "c41d9aa Sort the export as the list\n88ab01e Keep the owner of a todo\n",
        0.1,
      ),
      ...[
        "src/due.ts",
        "src/types.ts",
        "src/api/schema.ts",
        "src/list-sort.ts",
        "src/todo-row.tsx",
        "test/due.test.ts",
      ].map((file, index) =>
        edits(
          `13:2${1 + Math.floor(index / 3)}:${10 + (index % 3) * 15}`,
          file,
          patchBetween(commits.base.files, reviewed.files, file),
        ),
      ),
      runs(
        "13:23:05",
        "npx tsc --noEmit",
        "src/list.tsx(31,9): error TS2741: Property 'onDue' is missing.\n",
        4,
        false,
      ),
      runs("13:23:20", "npx tsc --noEmit", "", 4),
      runs("13:23:40", "npx vitest run test/due.test.ts", " ✓ test/due.test.ts (13 tests) 41ms\n", 3),
      runs("13:24:00", "npx vitest run", " Tests  212 passed (212)\n", 31),
      runs("13:24:35", "npx biome check src test", "Checked 24 files in 61ms. No fixes applied.\n", 1),
      runs("13:24:40", "npm run migrate -- --dry-run", "would apply 0014_due_on.sql\n", 2),
      runs("13:24:50", "npm run build", "✓ built in 9.72s\n", 11),
      runs(
        "13:25:10",
        "git status --short",
        " M README.md\n M src/api/schema.ts\n M src/list-sort.ts\n?? src/due.ts\n",
        0.1,
      ),
      runs("13:25:15", "git diff --stat", " 9 files changed\n", 0.1),
      says(
        "13:25:30",
        "Added a nullable `due_on` column, a date picker in the row, and sorting by date. Todos without a date come last.",
      ),
    ],
  }),
  ...taken("reviewed", "take-1", "13:25:35"),
  moved(root, "13:25:36", task, "checking", "types, lint, tests, build"),
  ...checked("reviewed", "check-1", "13:25:37", 212, [4, 2, 31, 11]),
  moved(root, "13:26:25", task, "reviewing", "round 1"),
  ...opened("reviewed", 1, "13:26:26"),
  ...seated("13:26:28", reviewer(1)),
  ...turn(reviewer(1), "review-1", {
    from: "13:26:30",
    to: "13:28:35",
    text: "Review the change in this folder. `base` is what was there, `candidate` is checked out.",
    usd: 0.18,
    tokens: [21_000, 96_000, 4_100],
    steps: [
      runs(
        "13:26:40",
        "git diff base candidate --stat",
        " 9 files changed, 187 insertions(+), 15 deletions(-)\n",
        0.1,
      ),
      runs("13:26:50", "git diff base candidate", "…", 0.1),
      thinks(
        "13:27:10",
        '`new Date("2026-03-14")` is parsed as UTC, `setHours` works in the local zone. These do not meet.',
      ),
      runs("13:27:30", "TZ=America/Los_Angeles npm test due", finding.evidence, 6, false),
      runs("13:27:50", "TZ=UTC npm test due", " ✓ test/due.test.ts (13 tests) 38ms\n", 6),
      says(
        "13:28:30",
        "One defect: a todo that is due today shows as overdue west of UTC. The rest does what was asked.",
      ),
    ],
  }),
  submitted(1, "13:28:33", "review-1", [finding, note]),
  verdict("reviewed", 1, "13:28:36", [finding, note]),
  moved(root, "13:28:37", task, "fixing", "1 finding", 1),
  ...turn(author, "fix-1", {
    from: "13:28:38",
    to: "13:30:09",
    text: `Blocking findings of review round 1. Mend each of them and nothing else; stay in the files that they name where you can.\n- ${finding.file}:${finding.line}: ${finding.claim}\n  Evidence: ${finding.evidence}`,
    usd: 0.22,
    tokens: [3_900, 204_000, 5_200],
    steps: [
      reads("13:28:45", "src/due.ts", reviewed.files.get("src/due.ts")),
      edits("13:29:05", "src/due.ts", patchBetween(reviewed.files, fixed.files, "src/due.ts")),
      edits("13:29:20", "test/due.test.ts", patchBetween(reviewed.files, fixed.files, "test/due.test.ts")),
      runs("13:29:35", "TZ=America/Los_Angeles npm test due", " ✓ test/due.test.ts (17 tests) 44ms\n", 6),
      runs("13:29:45", "TZ=Pacific/Auckland npm test due", " ✓ test/due.test.ts (17 tests) 43ms\n", 6),
      says(
        "13:30:05",
        "Compares calendar days in the person’s zone instead of instants. Nothing outside the finding.",
      ),
    ],
  }),
  ...taken("fixed", "take-2", "13:30:10"),
  moved(root, "13:30:11", task, "checking", "types, lint, tests, build", 1),
  ...checked("fixed", "check-2", "13:30:12", 216, [4, 2, 33, 12]),
  moved(root, "13:31:04", task, "reviewing", "round 2", 1),
  ...opened("fixed", 2, "13:31:05"),
  ...seated("13:31:07", reviewer(2)),
  ...turn(reviewer(2), "review-2", {
    from: "13:31:09",
    to: "13:33:50",
    text: "Review the change in this folder. An earlier finding was fixed; check the fix, too.",
    usd: 0.18,
    tokens: [22_000, 101_000, 3_600],
    steps: [
      runs("13:31:20", "git diff base candidate -- src/due.ts test/due.test.ts", "…", 0.1),
      runs(
        "13:31:40",
        "TZ=America/Los_Angeles npm test due",
        " ✓ test/due.test.ts (17 tests) 44ms\n 14 passed\n",
        6,
      ),
      runs(
        "13:32:00",
        "TZ=Pacific/Auckland npm test due",
        " ✓ test/due.test.ts (17 tests) 44ms\n 14 passed\n",
        6,
      ),
      says("13:33:45", "The finding is fixed: days are compared as days, in the person's zone."),
    ],
  }),
  submitted(2, "13:33:48", "review-2", []),
  verdict("fixed", 2, "13:33:51", []),
  moved(root, "13:33:52", task, "rebasing", "onto main", 1),
  ...work(
    root,
    "rebase",
    "13:33:53",
    1,
    {
      ...{ type: "candidate.rebase", task, repository, candidate: fixed.commit, base: commits.base.commit },
      ...{ target: "main", sources: ["package.json"] },
    },
    { type: "candidate.rebased", candidate: candidate("fixed", "reviewed"), head: commits.base.commit },
  ),
  moved(root, "13:33:58", task, "consenting", "merge into main", 1),
  told(root, "13:34:00", program, {
    type: "approval.requested",
    approval: "merge-due-dates",
    subject: {
      ...{ kind: "merge", task, commit: fixed.commit, tree: fixed.tree, target: "main" },
      ...{ head: commits.base.commit, diff: candidate("fixed").diff },
      evidence: evidence(fixed.tree, 216, [4, 2, 33, 12]),
      verdict: { approved: true, tree: fixed.tree, findings: [] },
      ...{ warnings: [], remarks: [], costUsd: 1.42, costSource: "subscription" },
    },
  }),
];
