import { connect } from "../../connection.ts";
import { findSession } from "../../ids.ts";
import { explanationLines } from "../../inquiry/words.ts";
import { examples, jsonOption } from "../../options.ts";
import type { Define } from "../../verb.ts";

export const explain: Define = (command, cli) => {
  command
    .argument("<id>", "of a tool call, a question, a push or a turn, as `tutti events` shows it")
    .option("--session <id>", "where several sessions have a call of that id")
    .option(...jsonOption)
    .addHelpText(
      "after",
      `${examples("tutti policy explain toolu_01", "tutti policy explain call-1 --session k7f --json")}

The log is folded up to the event and the policies are asked again, by the rules of that moment. Where today's answer is not
the recorded one, both are shown.`,
    )
    .action(async (id: string, { session, json }: { session?: string; json?: boolean }) => {
      const client = await connect(cli.folders);
      const within = session === undefined ? {} : { session: (await findSession(client, session)).id };
      const explanation = await client.explanation(id, within);
      if (json) cli.json(explanation);
      else for (const line of explanationLines(explanation)) cli.data(line);
    });
};
