import { resolve } from "node:path";
import { exitCodes } from "../../exit-codes.ts";
import { policyQuestions } from "../../inquiry/policy-questions.ts";
import { ruleLines } from "../../inquiry/words.ts";
import { examples, jsonOption } from "../../options.ts";
import { plain } from "../../terminal/text.ts";
import type { Define } from "../../verb.ts";

interface Options {
  repo?: string;
  agent?: string;
  json?: boolean;
}

export const list: Define = (command, cli) => {
  command
    .option("--repo <dir>", "with the rules of this repository (default: the folder you are in)")
    .option("--agent <name>", "with the rules of this agent's file")
    .option(...jsonOption)
    .addHelpText(
      "after",
      `${examples("tutti policy list", "tutti policy list --repo ~/src/shop --agent polly --json")}\n\nExit code 2 when a policy file is broken: no session begins then.`,
    )
    .action(async ({ repo, agent, json }: Options) => {
      await using questions = await policyQuestions(cli);
      const place = { repository: resolve(repo ?? cli.cwd), ...(agent !== undefined && { agent }) };
      const found = await questions.list(place);
      if (found.problems.length > 0) cli.exitCode = exitCodes.input;
      if (json) {
        cli.json(found);
        return;
      }
      for (const rule of found.rules) for (const line of ruleLines(rule)) cli.data(line);
      for (const note of found.notes) cli.say([{ text: plain(note), look: "dim" }]);
      for (const problem of found.problems) cli.say([{ text: plain(problem), look: "red" }]);
    });
};
