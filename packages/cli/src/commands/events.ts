import type { LoggedEvent } from "@tutti/core";
import { connect } from "../connection.ts";
import { exitCodes } from "../exit-codes.ts";
import { findSession } from "../ids.ts";
import { examples, jsonOption, wholeNumber } from "../options.ts";
import { plain } from "../terminal/text.ts";
import type { Define } from "../verb.ts";

interface Options {
  after: number;
  follow?: boolean;
  json?: boolean;
}

const page = 1_000;

/** Prints a session's log. */
export const events: Define = (command, cli) => {
  command
    .argument("<id>", "the session's id")
    .option("--after <seq>", "only events after this one", wholeNumber(0, Number.MAX_SAFE_INTEGER), 0)
    .option("--follow", "go on as events come")
    .option(...jsonOption)
    .addHelpText(
      "after",
      `${examples("tutti events k7f", "tutti events k7f --after 120 --follow --json")}\n\nWith --json each line is one event.`,
    )
    .action(async (id: string, { after, follow, json }: Options) => {
      const client = await connect(cli.folders);
      const { id: session } = await findSession(client, id);
      const tell = (logged: LoggedEvent) => {
        if (json) cli.stdout.write(`${JSON.stringify(logged)}\n`);
        else cli.data(line(logged));
      };
      if (follow) {
        const leaving = new AbortController();
        process.once("SIGINT", () => leaving.abort());
        for await (const logged of client.follow(session, { after, signal: leaving.signal })) tell(logged);
        cli.exitCode = exitCodes.left;
        return;
      }
      for (let seq = after; ; ) {
        const found = await client.events(session, { after: seq, limit: page });
        for (const logged of found) tell(logged);
        if (found.length < page) return;
        seq = found.at(-1)?.seq ?? seq;
      }
    });
};

/** An event on one line: its number, its time, who caused it, its type, and its content in short. */
function line({ seq, at, by, event }: LoggedEvent) {
  const { type, ...content } = event;
  return [
    { text: String(seq).padStart(5), look: "dim" as const },
    { text: `  ${at.slice(11, 23)}  ${by.kind.padEnd(13)} `, look: "dim" as const },
    { text: type.padEnd(20), look: "bold" as const },
    " ",
    plain(JSON.stringify(content)).slice(0, 400),
  ];
}
