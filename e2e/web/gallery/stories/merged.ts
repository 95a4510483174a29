/** Requests that were merged, or were not, in a few strokes: today's and those of the weeks before. */
import {
  claude,
  codex,
  later,
  type Player,
  person,
  pi,
  program,
  repository,
  runner,
  sha,
  worktreeOf,
} from "../names.ts";
import { edits, moved, request, runs, saw, says, seated, type Told, told, turn, work } from "../telling.ts";
import { candidate, commits } from "../trees.ts";

interface Sketch {
  id: string;
  title: string;
  at: string;
  author: Player;
  reviewer: Player;
  usd: readonly [author: number | null, reviewer: number | null];
  /** Left out: the person said no. */
  merged?: string;
}

function sketched({ id, title, at, author, reviewer, usd, merged }: Sketch): Told[] {
  const workspace = worktreeOf(id);
  const [tree, commit] = [sha(`${id.length}7ee`), sha(`${id.length}c0de`)];
  const made = { ...candidate("reviewed"), commit, tree };
  const under = { root: id, task: id };
  const first = {
    ...{ session: `${id}-implementer`, title: `implementer: ${title}`, player: author, workspace },
    under: { ...under, role: "implementer" as const },
  };
  const second = {
    ...{ session: `${id}-reviewer`, title: `reviewer: ${title}`, player: reviewer },
    workspace: `/home/jo/.local/share/tutti/reviews/${id}-1`,
    under: { ...under, role: "reviewer" as const },
  };
  const evidence = [saw("tests", "npm test", tree, 31, " Tests  212 passed (212)\n")];
  const approval = `merge-${id}`;
  return [
    ...request(id, at, { title, tasks: [{ id, text: `${title}.` }] }),
    ...work(
      id,
      "inspect",
      later(at, 3),
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
    ...work(
      id,
      "open",
      later(at, 4),
      1,
      { type: "workspace.open", task: id, repository, base: commits.base.commit },
      {
        ...{ type: "workspace.opened", workspace, branch: `fix/${id}` },
      },
    ),
    moved(id, later(at, 10), id, "implementing"),
    ...seated(later(at, 11), first),
    ...turn(first, "implement", {
      ...{ from: later(at, 12), to: later(at, 250), text: `Task: ${title}.`, usd: usd[0] },
      steps: [
        edits(
          later(at, 60),
          "src/login.ts",
          "@@ -8,1 +8,1 @@\n-  await wait(200);\n+  await visible(form);\n",
        ),
        runs(later(at, 120), "npm test login", " ✓ test/login.test.ts (12 tests) 201ms\n", 6),
        says(later(at, 240), "It waits for the form now, and no longer for a time."),
      ],
    }),
    ...work(
      id,
      "take",
      later(at, 251),
      1,
      {
        ...{ type: "candidate.take", task: id, workspace, repository, base: commits.base.commit },
        ...{ message: title, sources: [], previous: null },
      },
      { type: "candidate.taken", candidate: made },
    ),
    moved(id, later(at, 253), id, "checking", "tests"),
    ...work(
      id,
      "check",
      later(at, 254),
      31,
      {
        ...{ type: "check.run", task: id, workspace, commit, tree, keep: false },
        checks: [{ name: "tests", command: "npm test", timeoutSeconds: 1_200 }],
      },
      { type: "check.finished", evidence },
    ),
    moved(id, later(at, 286), id, "reviewing", "round 1"),
    ...seated(later(at, 287), second),
    ...turn(second, "review", {
      ...{ from: later(at, 288), to: later(at, 380), text: "Review the change in this folder.", usd: usd[1] },
      steps: [says(later(at, 370), "I found nothing that is wrong.")],
    }),
    told(second.session, later(at, 379), runner, {
      type: "review.submitted",
      turn: "review",
      review: { findings: [], summary: "Right, and small." },
    }),
    told(id, later(at, 381), program, {
      type: "verdict.recorded",
      task: id,
      round: 1,
      verdict: {
        ...{ approved: true, tree, findings: [], reviewer: second.session },
        ...{ implementerVendors: [author.vendor], reviewerVendors: [reviewer.vendor] },
      },
    }),
    moved(id, later(at, 382), id, "consenting", "merge into main"),
    told(id, later(at, 383), program, {
      type: "approval.requested",
      approval,
      subject: {
        ...{
          kind: "merge",
          task: id,
          commit,
          tree,
          target: "main",
          head: commits.base.commit,
          diff: made.diff,
        },
        ...{ evidence, verdict: { approved: true, tree, findings: [] }, warnings: [], remarks: [] },
        ...{ costUsd: (usd[0] ?? 0) + (usd[1] ?? 0), costSource: "subscription" },
      },
    }),
    told(id, later(at, 480), person, {
      type: "approval.resolved",
      ...{ approval, answer: merged ? "allow" : "deny", via: "person" },
      ...(!merged && { reason: "We rename it after the release." }),
    }),
    ...(merged
      ? [
          moved(id, later(at, 481), id, "merging", "into main"),
          ...work(
            id,
            "merge",
            later(at, 482),
            1,
            {
              ...{ type: "candidate.merge", task: id, repository, commit, tree, target: "main" },
              head: commits.base.commit,
            },
            { type: "candidate.merged", commit: sha(merged), checkout: "updated", notes: [] },
          ),
        ]
      : []),
    told(id, later(at, 485), program, {
      ...{ type: "task.ended", task: id, outcome: merged ? "merged" : "declined" },
      ...{
        detail: merged ? "" : "We rename it after the release.",
        mergedCommit: merged ? sha(merged) : null,
      },
    }),
    ...[first, second].map(({ session }) =>
      told(session, later(at, 486), program, { type: "session.closed", reason: "the task ended" }),
    ),
    told(id, later(at, 487), program, { type: "session.closed", reason: "all tasks have ended" }),
  ];
}

const unpriced: Player = { ...pi, model: "kestrel-coder-preview", vendor: "kestrel" };

const before: readonly Sketch[] = [
  {
    id: "nightly-export",
    title: "Nightly export",
    at: "2026-03-13T16:10:00Z",
    author: claude,
    reviewer: codex,
    usd: [1.9, 0.31],
    merged: "5d0c7e2",
  },
  {
    id: "rename-the-tags-table",
    title: "Rename the tags table",
    at: "2026-03-12T08:30:00Z",
    author: codex,
    reviewer: claude,
    usd: [2.4, 0.42],
  },
  {
    id: "keyboard-shortcuts",
    title: "Keyboard shortcuts",
    at: "2026-03-11T13:00:00Z",
    author: claude,
    reviewer: codex,
    usd: [3.2, 0.66],
    merged: "91b7aa0",
  },
  {
    id: "import-from-csv",
    title: "Import from CSV",
    at: "2026-03-10T09:15:00Z",
    author: codex,
    reviewer: claude,
    usd: [4.75, 0.5],
    merged: "c8e1150",
  },
  {
    id: "try-kestrel",
    title: "Try the Kestrel preview",
    at: "2026-03-09T15:40:00Z",
    author: unpriced,
    reviewer: codex,
    usd: [null, 0.35],
    merged: "07fe9b3",
  },
  {
    id: "faster-first-paint",
    title: "Faster first paint",
    at: "2026-03-06T10:20:00Z",
    author: claude,
    reviewer: pi,
    usd: [2.1, 0.94],
    merged: "e44d010",
  },
  {
    id: "undo-for-deletes",
    title: "Undo for deletes",
    at: "2026-03-03T12:00:00Z",
    author: pi,
    reviewer: claude,
    usd: [5.6, 0.7],
    merged: "2ab30c9",
  },
  {
    id: "dark-mode",
    title: "Dark mode",
    at: "2026-02-26T09:45:00Z",
    author: claude,
    reviewer: codex,
    usd: [2.8, 0.88],
    merged: "b3305fe",
  },
  {
    id: "share-a-list",
    title: "Share a list",
    at: "2026-02-20T14:10:00Z",
    author: codex,
    reviewer: claude,
    usd: [7.3, 1.1],
    merged: "6f1e2d4",
  },
];

export const fixTheFlakyLoginTest: Told[] = sketched({
  ...{ id: "fix-the-flaky-login-test", title: "Fix the flaky login test", at: "12:37:50", merged: "a41be77" },
  ...{ author: codex, reviewer: claude, usd: [0.44, 0.17] },
});

export const weeksBefore: Told[] = before.flatMap(sketched);
