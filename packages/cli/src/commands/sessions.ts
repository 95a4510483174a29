import type { SessionSummary } from "@tutti/core";
import { connect } from "../connection.ts";
import { examples, jsonOption } from "../options.ts";
import { money } from "../request/words.ts";
import { type Line, padded, plain, type Span } from "../terminal/text.ts";
import type { Define } from "../verb.ts";

/** Requests shown without --all. */
const usual = 20;

/** Lists sessions, the latest first. */
export const sessions: Define = (command, cli) => {
  command
    .option("--all", "every request, and the sessions of their agents")
    .option(...jsonOption)
    .addHelpText("after", examples("tutti sessions", "tutti sessions --all --json"))
    .action(async ({ all, json }: { all?: boolean; json?: boolean }) => {
      const client = await connect(cli.folders);
      const list = await client.sessions(all ? { limit: 1_000 } : { parent: "", limit: usual });
      if (json) {
        cli.json(list);
        return;
      }
      if (list.length === 0) {
        cli.say('No sessions yet. Begin one with: tutti run polly "…"');
        return;
      }
      const width = Math.max(...list.map(({ id }) => id.length));
      for (const session of all ? inTrees(list) : list) cli.data(row(session, width));
    });
};

/** Each request followed by its agents' sessions, in the order in which they began. */
function inTrees(list: readonly SessionSummary[]): SessionSummary[] {
  const known = new Set(list.map(({ id }) => id));
  const roots = list.filter(({ parent }) => parent === null || !known.has(parent));
  return roots.flatMap((root) => [root, ...list.filter(({ parent }) => parent === root.id).reverse()]);
}

const looks = {
  working: "cyan",
  waiting: "yellow",
  idle: "dim",
  closed: "dim",
} as const satisfies Record<SessionSummary["status"], Span["look"]>;

const row = (session: SessionSummary, width: number): Line => [
  { text: padded(session.id, width), look: "bold" },
  "  ",
  { text: padded(session.status, 8), look: looks[session.status] },
  { text: session.createdAt.slice(0, 16).replace("T", " "), look: "dim" },
  "  ",
  padded(money(session), 14),
  "  ",
  plain(session.title),
  { text: session.detail && session.status !== "closed" ? `  ${plain(session.detail)}` : "", look: "dim" },
];
