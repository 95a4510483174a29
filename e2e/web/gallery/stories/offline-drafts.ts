/** A request whose program waits for its agents: one is at work, one on a model of this machine is just starting. */
import { claude, codex, type Player, repository, worktreeOf } from "../names.ts";
import { edits, moved, reads, request, runs, says, seated, type Told, turn, work } from "../telling.ts";
import { commits } from "../trees.ts";

const root = "offline-drafts";
/** A model on the machine itself, which costs nothing. */
const local: Player = {
  harness: "pi",
  model: "qwen3-coder:30b",
  vendor: "alibaba",
  version: "0.61.0",
  costSource: "list",
};
const ollama = { baseUrl: "http://127.0.0.1:11434/v1", wire: "chat", vendor: "by-model" } as const;

const author = {
  session: "offline-drafts-implementer",
  title: "implementer: Keep drafts while offline",
  player: claude,
  workspace: worktreeOf("drafts"),
  under: { root, task: "drafts", role: "implementer" },
} as const;
const translator = {
  session: "offline-drafts-translations",
  title: "implementer: Translate the new messages",
  player: local,
  workspace: worktreeOf("translations"),
  under: { root, task: "translations", role: "implementer" },
  choice: { provider: ollama },
} as const;
const scout = {
  session: "offline-drafts-scout",
  title: "implementer: Keep drafts while offline",
  player: codex,
  workspace: worktreeOf("drafts"),
  under: { root, task: "drafts", role: "implementer" },
} as const;

const opened = (id: string, task: string, workspace: string, at: string): Told[] =>
  work(
    root,
    id,
    at,
    1,
    { type: "workspace.open", task, repository, base: commits.base.commit },
    {
      ...{ type: "workspace.opened", workspace, branch: `feat/${task}` },
    },
  );

export const offlineDrafts: Told[] = [
  ...request(root, "13:30:00", {
    title: "Offline drafts",
    tasks: [
      { id: "drafts", text: "Keep drafts while offline and send them when the network is back." },
      { id: "translations", text: "Translate the new messages to German and French." },
    ],
  }),
  ...work(
    root,
    "inspect",
    "13:30:03",
    0.4,
    { type: "repository.inspect", path: repository },
    {
      type: "repository.inspected",
      ...{
        root: repository,
        target: "main",
        head: commits.base.commit,
        tree: commits.base.tree,
        dirty: ["notes.md"],
      },
    },
  ),
  moved(root, "13:30:05", "drafts", "preparing", "worktree, set-up, checks on the base"),
  ...opened("open-drafts", "drafts", author.workspace, "13:30:06"),
  moved(root, "13:30:30", "drafts", "implementing"),
  ...seated("13:30:31", scout),
  ...turn(scout, "implement", {
    from: "13:30:32",
    to: "13:36:00",
    text: "Task: Keep drafts while offline and send them when the network is back.",
    usd: 0.4,
    failure: { kind: "overloaded", message: "the model's service refuses for now" },
    steps: [says("13:31:00", "I look at how todos are saved.")],
  }),
  ...seated("13:36:10", author),
  ...turn(author, "implement", {
    from: "13:36:12",
    text: "Task: Keep drafts while offline and send them when the network is back.\nAnother agent worked on this in the same folder and stopped. Look at what is there (git status, git diff) and finish it.",
    usd: 0.38,
    steps: [
      runs("13:36:30", "git status --short", " M src/save.ts\n", 0.1),
      reads("13:36:40", "src/save.ts", "export async function save() {}\n"),
      edits("13:40:10", "src/drafts.ts", '@@ -0,0 +1,1 @@\n+export const drafts = openStore("drafts");\n'),
      runs("13:45:10", "npm test drafts"),
    ],
  }),
  moved(root, "13:45:30", "translations", "preparing", "worktree, set-up, checks on the base"),
  ...opened("open-translations", "translations", translator.workspace, "13:45:31"),
  moved(root, "13:45:50", "translations", "implementing"),
  ...seated("13:45:51", translator),
  ...turn(translator, "translate", {
    ...{
      from: "13:45:52",
      text: "Task: Translate the new messages to German and French.",
      steps: [],
      opened: null,
    },
  }),
];
