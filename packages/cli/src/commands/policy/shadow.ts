import { connect } from "../../connection.ts";
import { shadowLines } from "../../inquiry/words.ts";
import { examples, jsonOption } from "../../options.ts";
import { sinceTime } from "../../since.ts";
import type { Define } from "../../verb.ts";

export const shadow: Define = (command, cli) => {
  command
    .option("--since <time>", "from when on: 12h, 7d, 2w ago, or a date", (text) =>
      sinceTime(text, cli.now()),
    )
    .option(...jsonOption)
    .addHelpText(
      "after",
      `${examples("tutti policy shadow", "tutti policy shadow --since 2w --json")}\n\nWithout --since: the last seven days. Tool calls and pushes are counted: of other decisions the log keeps no report.`,
    )
    .action(async ({ since, json }: { since?: string; json?: boolean }) => {
      const client = await connect(cli.folders);
      const report = await client.policyShadow(since ?? sinceTime("7d", cli.now()));
      if (json) cli.json(report);
      else if (report.rules.length === 0) cli.say("No rule that only reports would have done anything.");
      else for (const line of shadowLines(report)) cli.data(line);
    });
};
