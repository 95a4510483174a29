import { connect } from "../connection.ts";
import { findQuestion } from "../ids.ts";
import { examples, jsonOption } from "../options.ts";
import { answerQuestion } from "../request/answer.ts";
import { questionLine } from "../request/card.ts";
import type { Define } from "../verb.ts";

/** Says no to a question. */
export const deny: Define = (command, cli) => {
  command
    .argument("<id>", "the question's id, or its session's when that has only one")
    .requiredOption("--reason <text>", "why not; the agent reads it")
    .option(...jsonOption)
    .addHelpText("after", examples('tutti deny k7f --reason "the API must stay as it is"'))
    .action(async (id: string, { reason, json }: { reason: string; json?: boolean }) => {
      const client = await connect(cli.folders);
      const { session, approval } = await findQuestion(client, id);
      await answerQuestion(client, { session: session.id, approval: approval.id }, "deny", { reason });
      if (json) cli.json({ session: session.id, approval: approval.id, answer: "deny", reason });
      else cli.data(`No: ${questionLine(approval.subject)}`);
    });
};
