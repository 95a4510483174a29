/** An agent wants to push over two commits of somebody else: a person decides. */
import { claude, codex, host, program, repository, runner, sha, worktreeOf } from "../names.ts";
import {
  calls,
  edits,
  moved,
  reads,
  request,
  runs,
  says,
  seated,
  type Told,
  told,
  turn,
  work,
} from "../telling.ts";
import { commits } from "../trees.ts";

const root = "search-index";
const task = "search-index";
const author = {
  session: "search-index-implementer",
  title: "implementer: Add a search index for todos",
  player: claude,
  workspace: worktreeOf(task),
  under: { root, task, role: "implementer" },
} as const;
const scout = {
  session: "search-index-reviewer",
  title: "reviewer: Add a search index for todos",
  player: codex,
  workspace: "/home/jo/.local/share/tutti/reviews/search-index-1",
  under: { root, task, role: "reviewer" },
} as const;

const command = "git push --force-with-lease origin feat/search-index";
const mira = (short: string, subject: string, at: string) => ({
  ...{ sha: sha(short), subject, author: "Mira Okafor", at },
});
const own = (short: string, subject: string, at: string) => ({
  ...{ sha: sha(short), subject, author: "Claude Code", at },
});
const facts = {
  remote: "origin",
  url: "git@git.example.com:jo/todos.git",
  updates: [
    {
      ref: "refs/heads/feat/search-index",
      old: sha("7be20d4"),
      new: sha("9d41c07"),
      kind: "forced" as const,
      tag: false,
      removed: {
        count: 2,
        commits: [
          mira("7be20d4", "Tune ranking for short queries", "2026-03-12T10:12:00.000Z"),
          mira("0c95f18", "Add the synonyms file", "2026-03-12T09:40:00.000Z"),
        ],
      },
      rewritten: 0,
      added: {
        count: 3,
        commits: [
          own("9d41c07", "Build the index in a worker", "2026-03-14T13:40:00.000Z"),
          own("52ab8e3", "Skip deleted todos", "2026-03-14T13:40:00.000Z"),
          own("f0117aa", "Add a search index for todos", "2026-03-14T13:40:00.000Z"),
        ],
      },
    },
  ],
  atomic: false,
  options: [],
};
const reason = "The push takes 2 commits away from a branch that others see.";
const quote =
  "I rebased onto main to resolve the conflict in index.ts. The remote still has the old commits.";

export const searchIndex: Told[] = [
  ...request(root, "12:58:00", {
    title: "Search index",
    parallel: 1,
    tasks: [
      { id: task, text: "Add a search index for todos, rebase feat/search-index onto main and push it." },
      { id: "search-page", text: "Show what is found while the person types." },
    ],
  }),
  ...work(
    root,
    "inspect",
    "12:58:02",
    0.4,
    { type: "repository.inspect", path: repository, target: "main" },
    {
      type: "repository.inspected",
      ...{ root: repository, target: "main", head: commits.base.commit, tree: commits.base.tree, dirty: [] },
    },
  ),
  moved(root, "12:58:03", task, "preparing", "worktree, set-up, checks on the base"),
  ...work(
    root,
    "open",
    "12:58:04",
    1,
    { type: "workspace.open", task, repository, base: commits.base.commit },
    {
      ...{ type: "workspace.opened", workspace: author.workspace, branch: "feat/search-index" },
    },
  ),
  moved(root, "12:58:30", task, "implementing"),
  ...seated("12:58:31", scout),
  ...turn(scout, "look", {
    from: "12:58:32",
    to: "12:59:40",
    text: "Say what a search index for todos needs, in a few lines.",
    usd: 0.25,
    steps: [
      says("12:59:35", "An inverted index in a worker, kept in IndexedDB; deleted todos must be left out."),
    ],
  }),
  ...seated("13:28:00", author),
  ...turn(author, "implement", {
    from: "13:28:01",
    text: "Task: Add a search index for todos, rebase feat/search-index onto main and push it.",
    usd: 0.74,
    steps: [
      says("13:28:20", "I start from what is on the branch."),
      reads("13:28:30", "src/index.ts", 'export * from "./list";\n'),
      edits(
        "13:30:10",
        "src/search/index.ts",
        "@@ -0,0 +1,2 @@\n+export const index = new Map<string, Set<string>>();\n+\n",
      ),
      edits(
        "13:33:10",
        "src/search/worker.ts",
        "@@ -0,0 +1,1 @@\n+self.onmessage = ({ data }) => build(data);\n",
      ),
      runs("13:38:00", "npm test search", " ✓ test/search.test.ts (22 tests) 118ms\n", 7),
      runs(
        "13:39:40",
        "git rebase main",
        "Auto-merging src/index.ts\nCONFLICT (content): Merge conflict in src/index.ts\n",
        1,
        false,
      ),
      edits(
        "13:39:58",
        "src/index.ts",
        '@@ -1,1 +1,2 @@\n export * from "./list";\n+export * from "./search";\n',
      ),
      runs(
        "13:40:10",
        "git add -A && git rebase --continue",
        "Successfully rebased and updated refs/heads/feat/search-index.\n",
        1,
      ),
      says("13:41:50", quote),
      calls("13:41:58", { kind: "shell", name: "Bash", input: { command }, command }),
    ],
  }),
  told(author.session, "13:42:00", runner, {
    type: "approval.requested",
    approval: "push-search-index",
    subject: {
      ...{ kind: "push", push: "push-1", turn: "implement", facts, reason, quote },
      policies: ["protected-branches", "destructive-git"],
      effect: [
        "feat/search-index on origin is overwritten: 2 commits disappear, 3 commits take their place.",
        `If you allow it, both stay on ${host} as rescue/search-index.`,
      ],
      weight: "irreversible",
      alternative:
        "Push to a new branch instead: git push origin feat/search-index:refs/heads/feat/search-index-rebased",
      identity: "push origin feat/search-index 7be20d4 9d41c07",
    },
  }),
  told(author.session, "13:42:00", runner, {
    type: "push.requested",
    push: "push-1",
    turn: "implement",
    facts,
    decision: {
      ...{
        effect: "ask",
        reason,
        policies: ["protected-branches", "destructive-git"],
        weight: "irreversible",
      },
    },
    approval: "push-search-index",
  }),
  told(root, "13:42:01", program, {
    ...{ type: "task.noted", task, level: "info", text: "a push to origin waits for a person" },
  }),
];
