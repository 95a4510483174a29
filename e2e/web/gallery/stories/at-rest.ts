/** Sessions that came to rest: parked, and idle. */
import { codex, pi, repository, worktreeOf } from "../names.ts";
import { calls, edits, reads, says, seated, type Told, turn } from "../telling.ts";

const reference = {
  session: "cli-reference-pages",
  title: "CLI reference pages",
  player: pi,
  workspace: worktreeOf("cli-reference"),
} as const;

export const cliReferencePages: Told[] = [
  ...seated("12:21:00", reference),
  ...turn(reference, "write", {
    from: "12:21:02",
    to: "12:44:00",
    text: "Write a reference page for every command of the CLI, out of its own help.",
    usd: 0.47,
    failure: { kind: "usage-limit", message: "Pi has reached its plan limit; it goes on at 14:20" },
    steps: [
      reads("12:22:00", "src/cli/help.ts", "export const help = {};\n"),
      edits("12:30:00", "docs/cli/add.md", "@@ -0,0 +1,1 @@\n+# todos add\n"),
      edits("12:36:00", "docs/cli/list.md", "@@ -0,0 +1,1 @@\n+# todos list\n"),
      says("12:43:30", "7 of 12 pages are written."),
    ],
  }),
];

const protocol = {
  session: "explain-the-sync-protocol",
  title: "Explain the sync protocol",
  player: codex,
  workspace: repository,
} as const;

const answer = `## How a change travels

1. The list writes the change to its **outbox** and shows it at once.
2. \`sync()\` sends the outbox, oldest first; the server answers each with a *version*.
3. What others changed comes back in the same answer and is merged field by field.

\`\`\`ts
const { applied, changes } = await transport.exchange(outbox.all(), { since: clock.last });
clock.last = applied.at(-1)?.version ?? clock.last;
\`\`\`

| case | who wins |
| --- | --- |
| two edits of one title | the later version |
| edit against delete | the delete, the text goes to the trash |

> Offline for longer than 30 days, a device starts anew.

See \`src/sync/exchange.ts\` and [the notes](https://example.com/sync).`;

export const explainTheSyncProtocol: Told[] = [
  ...seated("11:39:00", protocol),
  ...turn(protocol, "explain", {
    from: "11:39:02",
    to: "11:44:00",
    text: "Explain how sync works, for somebody who is new.",
    usd: 0.14,
    steps: [
      reads("11:39:30", "src/sync/exchange.ts", "export async function exchange() {}\n"),
      calls(
        "11:40:00",
        { kind: "search", name: "grep", input: { pattern: "outbox" } },
        { seconds: 0.2, output: "src/sync/outbox.ts:3\nsrc/sync/exchange.ts:18" },
      ),
      says("11:43:50", answer),
    ],
  }),
  ...turn(protocol, "shorter", {
    from: "11:45:00",
    to: "11:46:00",
    text: "And in one sentence?",
    usd: 0.04,
    steps: [
      says(
        "11:45:50",
        "Each device keeps an outbox, exchanges it for what others did, and the later version of a field wins.",
      ),
    ],
  }),
];
