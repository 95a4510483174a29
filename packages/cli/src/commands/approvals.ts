import { connect } from "../connection.ts";
import { allQuestions, findQuestion } from "../ids.ts";
import { examples, jsonOption } from "../options.ts";
import { card, diffLines, questionLine } from "../request/card.ts";
import { noteForm } from "../request/notes.ts";
import type { Define } from "../verb.ts";

/** Lists what waits for a person, or shows one question with all that a yes would do. */
export const approvals: Define = (command, cli) => {
  command
    .argument("[id]", "show this one in full")
    .option("--diff", "with the diff of a merge")
    .option(...jsonOption)
    .addHelpText("after", examples("tutti approvals", "tutti approvals k7f --diff", "tutti approvals --json"))
    .action(async (id: string | undefined, { diff, json }: { diff?: boolean; json?: boolean }) => {
      const client = await connect(cli.folders);
      if (id === undefined) {
        const waiting = await allQuestions(client);
        if (json) {
          cli.json(waiting.map(({ session, approval }) => ({ session: session.id, ...approval })));
          return;
        }
        if (waiting.length === 0) cli.say("Nothing waits for you.");
        for (const { approval } of waiting)
          cli.data([{ text: approval.id, look: "bold" }, `  ${questionLine(approval.subject)}`]);
        return;
      }
      const { session, approval } = await findQuestion(client, id);
      if (json) {
        cli.json({ session: session.id, ...approval });
        return;
      }
      for (const line of card(approval.subject, session)) cli.data(line);
      if (diff && approval.subject.kind === "merge")
        for (const line of [[], ...diffLines(approval.subject.diff)]) cli.data(line);
      cli.say([
        {
          text: `yes: tutti approve ${approval.id}   no: tutti deny ${approval.id} --reason "…"`,
          look: "dim",
        },
      ]);
      if (approval.subject.kind === "merge")
        cli.say([{ text: `back: tutti deny ${approval.id} --note "${noteForm}"`, look: "dim" }]);
    });
};
