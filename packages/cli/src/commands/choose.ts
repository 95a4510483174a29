import { newId } from "@tutti/client";
import { connect } from "../connection.ts";
import { exitCodes } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { findSession } from "../ids.ts";
import { examples, jsonOption } from "../options.ts";
import type { Define } from "../verb.ts";

/** Has the turns of an agent that begin from now on served by another model of its harness. */
export const choose: Define = (command, cli) => {
  command
    .argument("<id>", "the id of an agent's session")
    .argument("<model>", "the model, as the agent's harness names it")
    .option(...jsonOption)
    .addHelpText(
      "after",
      `${examples("tutti choose k7f-t1-implementer-1 a-smaller-model")}\n\nA turn that waits for your word begins with it. \`tutti sessions --all\` lists the sessions of a request's agents.`,
    )
    .action(async (id: string, model: string, { json }: { json?: boolean }) => {
      const client = await connect(cli.folders);
      const { id: session } = await findSession(client, id);
      const sent = await client.command({
        id: newId("command"),
        session,
        command: { type: "harness.choose", model },
      });
      if (!sent.ok) throw new Failure(sent.refusal.message, exitCodes.refused);
      if (json) cli.json({ session, model });
      else cli.data(`The next turns of ${session} are served by ${model}.`);
    });
};
