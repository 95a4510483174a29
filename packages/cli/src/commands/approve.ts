import { connect } from "../connection.ts";
import { findQuestion } from "../ids.ts";
import { examples, jsonOption } from "../options.ts";
import { answerQuestion } from "../request/answer.ts";
import { questionLine } from "../request/card.ts";
import type { Define } from "../verb.ts";

/** Says yes to a question. */
export const approve: Define = (command, cli) => {
  command
    .argument("<id>", "the question's id, or its session's when that has only one")
    .option(
      "--alike",
      "and allow everything alike for the rest of its session, by the rule that the question shows",
    )
    .option(...jsonOption)
    .addHelpText(
      "after",
      `${examples("tutti approve k7f", "tutti approve k7f --alike")}\n\n\`tutti approvals ID\` shows what a yes would do.`,
    )
    .action(async (id: string, { alike, json }: { alike?: boolean; json?: boolean }) => {
      const client = await connect(cli.folders);
      const { session, approval } = await findQuestion(client, id);
      await answerQuestion(client, { session: session.id, approval: approval.id }, "allow", { alike });
      if (json) cli.json({ session: session.id, approval: approval.id, answer: "allow" });
      else cli.data(`Yes: ${questionLine(approval.subject)}`);
    });
};
