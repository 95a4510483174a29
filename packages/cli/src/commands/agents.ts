import { dirname, resolve, sep } from "node:path";
import { connect } from "../connection.ts";
import { exitCodes } from "../exit-codes.ts";
import { examples, jsonOption } from "../options.ts";
import { harnessTitles } from "../request/harnesses.ts";
import { ensureRunning } from "../supervision/start-background.ts";
import { plain } from "../terminal/text.ts";
import type { Define } from "../verb.ts";

/** Lists the agents that can be given a task, the files they come from, and the files that cannot be read. */
export const agents: Define = (command, cli) => {
  command
    .option("--repo <dir>", "with the agents of this repository (default: the folder you are in)")
    .option(...jsonOption)
    .addHelpText(
      "after",
      `${examples("tutti agents", "tutti agents --repo ~/src/shop --json")}\n\nExit code 2 when a file cannot be read.`,
    )
    .action(async ({ repo, json }: { repo?: string; json?: boolean }) => {
      await ensureRunning(cli.folders, cli.environment, (line) => cli.say([{ text: line, look: "dim" }]));
      const client = await connect(cli.folders);
      const found = await client.agents({ repository: resolve(repo ?? cli.cwd) });
      if (found.problems.length > 0) cli.exitCode = exitCodes.input;
      if (json) {
        cli.json(found);
        return;
      }
      for (const { file, agent } of found.agents) {
        cli.data([{ text: agent.name, look: "bold" }, `  ${plain(agent.description)}`]);
        for (const [role, roster] of Object.entries(agent.roles)) {
          const names = roster.map(
            ({ harness, model }) => harnessTitles(harness).title + (model ? ` (${plain(model)})` : ""),
          );
          cli.data(`  ${role.padEnd(12)} ${names.join(", ")}`);
        }
        cli.data([{ text: `  ${file}`, look: "dim" }]);
      }
      for (const { file, message } of found.problems)
        cli.say([{ text: `${dirname(file)}${sep}${plain(message)}`, look: "red" }]);
    });
};
