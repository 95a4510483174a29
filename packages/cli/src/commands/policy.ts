import { badInput } from "../failure.ts";
import { examples } from "../options.ts";
import type { Define } from "../verb.ts";
import { check } from "./policy/check.ts";
import { explain } from "./policy/explain.ts";
import { list } from "./policy/list.ts";
import { shadow } from "./policy/shadow.ts";
import { test } from "./policy/test.ts";

/** What can be asked, in the order in which help shows it. To add one: a file in `policy/`, and a line here. */
const questions: readonly { name: string; summary: string; define: Define }[] = [
  { name: "list", summary: "list the rules in force, and where they come from", define: list },
  { name: "check", summary: "tell what the policies would say of a call", define: check },
  { name: "explain", summary: "tell how a call of the log came to its decision", define: explain },
  { name: "test", summary: "replay the log against other rules of the server", define: test },
  { name: "shadow", summary: "sum up what rules that only report would have done", define: shadow },
];

/** Asks about policies. Nothing is changed by any of it. */
export const policy: Define = (command, cli) => {
  command
    .usage("QUESTION …")
    .commandsGroup("Questions:")
    .helpCommand(false)
    .allowExcessArguments()
    .addHelpText(
      "after",
      `${examples(
        "tutti policy list",
        "tutti policy check --command 'git push --force'",
        "tutti policy explain toolu_01",
        "tutti policy test --with new.yaml --since 7d",
        "tutti policy shadow --since 7d --json",
      )}\n\nEvery question has --help with examples, and --json for programs.`,
    )
    .action(() => {
      const [asked] = command.args;
      const known = questions.map(({ name }) => name).join(", ");
      throw badInput(
        asked === undefined ? `name a question: ${known}` : `unknown question '${asked}': ${known}`,
      );
    });
  for (const { name, summary, define } of questions) {
    const question = command.command(name).summary(summary);
    question.description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`);
    define(question, cli);
  }
};
