import { connect } from "../connection.ts";
import { findQuestion, questionsLike } from "../ids.ts";
import { examples, jsonOption } from "../options.ts";
import { answerQuestion } from "../request/answer.ts";
import { questionLine } from "../request/card.ts";
import { andOthers } from "../request/words.ts";
import type { Define } from "../verb.ts";

interface Options {
  alike?: boolean;
  together?: boolean;
  json?: boolean;
}

/** Says yes to a question. */
export const approve: Define = (command, cli) => {
  command
    .argument("<id>", "the question's id, or its session's when that has only one")
    .option(
      "--alike",
      "and allow everything alike for the rest of its session, by the rule that the question shows",
    )
    .option("--together", "and the same answer to every question like it, in all sessions")
    .option(...jsonOption)
    .addHelpText(
      "after",
      `${examples("tutti approve k7f", "tutti approve k7f --alike", "tutti approve k7f --together")}\n\n\`tutti approvals ID\` shows what a yes would do.`,
    )
    .action(async (id: string, { alike, together, json }: Options) => {
      const client = await connect(cli.folders);
      const question = await findQuestion(client, id);
      const others = together ? await questionsLike(client, question) : [];
      for (const { session, approval } of [question, ...others])
        await answerQuestion(client, { session: session.id, approval: approval.id }, "allow", { alike });
      const { session, approval } = question;
      if (json)
        cli.json({
          ...{ session: session.id, approval: approval.id, answer: "allow" },
          ...(together && { together: others.map((other) => other.approval.id) }),
        });
      else cli.data(`Yes: ${questionLine(approval.subject)}${andOthers(others.length)}`);
    });
};
