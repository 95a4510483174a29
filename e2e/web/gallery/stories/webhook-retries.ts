/** An agent asks whether a request may leave the machine. */
import { codex, repository, runner, worktreeOf } from "../names.ts";
import { edits, moved, reads, request, runs, says, seated, type Told, told, turn, work } from "../telling.ts";
import { commits } from "../trees.ts";

const root = "webhook-retries";
const task = "webhook-retries";
const author = {
  session: "webhook-retries-implementer",
  title: "implementer: Webhook retries",
  player: codex,
  workspace: worktreeOf(task),
  under: { root, task, role: "implementer" },
} as const;
const command = "curl -fsS -X POST https://hooks.partner.example/v1/replay -H 'X-Signature: v1=…'";
const call = {
  id: "implement-call-ask",
  kind: "shell" as const,
  name: "shell",
  input: { command: ["bash", "-lc", command] },
  command,
  cwd: author.workspace,
  fingerprint: "replay",
};
const reason = "hooks.partner.example is not among the hosts that agents may reach.";

export const webhookRetries: Told[] = [
  ...request(root, "13:02:00", {
    title: "Webhook retries",
    tasks: [{ id: task, text: "Retry webhooks that fail, with growing pauses, for a day." }],
  }),
  ...work(
    root,
    "inspect",
    "13:02:02",
    0.4,
    { type: "repository.inspect", path: repository },
    {
      type: "repository.inspected",
      ...{ root: repository, target: "main", head: commits.base.commit, tree: commits.base.tree, dirty: [] },
    },
  ),
  moved(root, "13:02:03", task, "preparing", "worktree, set-up, checks on the base"),
  ...work(
    root,
    "open",
    "13:02:04",
    1,
    { type: "workspace.open", task, repository, base: commits.base.commit },
    {
      ...{ type: "workspace.opened", workspace: author.workspace, branch: "feat/webhook-retries" },
    },
  ),
  moved(root, "13:02:30", task, "implementing"),
  ...seated("13:02:31", author),
  ...turn(author, "implement", {
    from: "13:02:32",
    text: "Task: Retry webhooks that fail, with growing pauses, for a day.",
    usd: 1.12,
    steps: [
      reads("13:03:00", "src/webhooks/send.ts", "export async function send() {}\n"),
      edits(
        "13:09:00",
        "src/webhooks/retry.ts",
        "@@ -0,0 +1,1 @@\n+export const pauses = [1, 5, 30, 120, 600];\n",
      ),
      runs("13:14:00", "npm test webhooks", " ✓ test/webhooks.test.ts (31 tests) 210ms\n", 8),
      says(
        "13:19:50",
        "Keep the old webhook signature? A retry after the change of keys is signed anew, and the partner may still check `v1`. A replay against their sandbox would tell.",
      ),
    ],
  }),
  told(author.session, "13:20:00", runner, {
    type: "approval.requested",
    approval: "ask-webhook-retries",
    subject: {
      ...{ kind: "tool", turn: "implement", call, reason, policies: ["allowed-hosts"] },
      effect: ["A request goes to hooks.partner.example, which no agent has reached before."],
      weight: "leaves-machine",
      alternative: "Replay it against the recorded answers: npm test webhooks -- --recorded",
      quote:
        "Keep the old webhook signature? A retry after the change of keys is signed anew, and the partner may still check `v1`. A replay against their sandbox would tell.",
      rule: { key: "host hooks.partner.example", words: "requests to hooks.partner.example" },
      identity: `shell ${command}`,
    },
  }),
  told(author.session, "13:20:00", runner, {
    ...{ type: "tool.requested", turn: "implement", call, identity: `shell ${command}` },
    decision: { effect: "ask", reason, policies: ["allowed-hosts"], weight: "leaves-machine" },
    approval: "ask-webhook-retries",
  }),
];
