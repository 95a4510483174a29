import { connect } from "../connection.ts";
import { findQuestion, questionsLike } from "../ids.ts";
import { examples, jsonOption } from "../options.ts";
import { answerQuestion } from "../request/answer.ts";
import { questionLine } from "../request/card.ts";
import { andOthers } from "../request/words.ts";
import type { Define } from "../verb.ts";

interface Options {
  reason: string;
  together?: boolean;
  json?: boolean;
}

/** Says no to a question. */
export const deny: Define = (command, cli) => {
  command
    .argument("<id>", "the question's id, or its session's when that has only one")
    .requiredOption("--reason <text>", "why not; the agent reads it")
    .option("--together", "and the same answer to every question like it, in all sessions")
    .option(...jsonOption)
    .addHelpText("after", examples('tutti deny k7f --reason "the API must stay as it is"'))
    .action(async (id: string, { reason, together, json }: Options) => {
      const client = await connect(cli.folders);
      const question = await findQuestion(client, id);
      const others = together ? await questionsLike(client, question) : [];
      for (const { session, approval } of [question, ...others])
        await answerQuestion(client, { session: session.id, approval: approval.id }, "deny", { reason });
      const { session, approval } = question;
      if (json)
        cli.json({
          ...{ session: session.id, approval: approval.id, answer: "deny", reason },
          ...(together && { together: others.map((other) => other.approval.id) }),
        });
      else cli.data(`No: ${questionLine(approval.subject)}${andOthers(others.length)}`);
    });
};
