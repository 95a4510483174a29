import { connect } from "../connection.ts";
import { exitCodes } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { findSession } from "../ids.ts";
import { examples, jsonOption } from "../options.ts";
import { interruptRequest } from "../request/play.ts";
import { counted } from "../request/words.ts";
import type { Define } from "../verb.ts";

/** Interrupts a session's open turn; for a request, those of all its agents. */
export const interrupt: Define = (command, cli) => {
  command
    .argument("<id>", "the session's id")
    .option(...jsonOption)
    .addHelpText(
      "after",
      `${examples("tutti interrupt k7f")}\n\nA task whose agent is interrupted ends; its worktree is kept while it holds work.`,
    )
    .action(async (id: string, { json }: { json?: boolean }) => {
      const client = await connect(cli.folders);
      const { id: session } = await findSession(client, id);
      const turns = await interruptRequest(client, session);
      if (turns === 0)
        throw new Failure(
          `session ${session} has no open turn: there is nothing to interrupt`,
          exitCodes.refused,
        );
      if (json) cli.json({ session, turns });
      else cli.data(`Interrupted ${counted(turns, "turn")} of ${session}.`);
    });
};
