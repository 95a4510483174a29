/** Who answers questions about policies: the server when one runs, else this process, from the same files. */
import { join } from "node:path";
import type { PolicyCheck, PolicyCheckAnswer, PolicyList, Refusal } from "@tutti/core";
import type { Cli } from "../cli.ts";
import { connect } from "../connection.ts";
import { exitCodes } from "../exit-codes.ts";
import { badInput, Failure } from "../failure.ts";
import { shippedAgents } from "../own-program.ts";

export interface Answerer extends AsyncDisposable {
  check(asked: PolicyCheck): Promise<PolicyCheckAnswer>;
  list(place: { repository: string; agent?: string }): Promise<PolicyList>;
}

export async function policyQuestions(cli: Cli): Promise<Answerer> {
  try {
    const client = await connect(cli.folders);
    return {
      check: (asked) => client.policyCheck(asked),
      list: (place) => client.policyRules(place),
      [Symbol.asyncDispose]: async () => {},
    };
  } catch (error) {
    if (!(error instanceof Failure) || error.exitCode !== exitCodes.unreachable) throw error;
  }
  const { openPolicyQuestions } = await import("@tutti/server");
  const { config } = cli.folders;
  const questions = await openPolicyQuestions({
    policyFolder: join(config, "policies"),
    agentFolders: [shippedAgents, join(config, "agents")],
  });
  return {
    async check(asked) {
      const checked = await questions.check(asked);
      if (!checked.ok) throw refused(checked.refusal);
      return checked.answer;
    },
    async list(place) {
      const found = await questions.inForce(place);
      if (!found.ok) throw refused(found.refusal);
      return found.list;
    },
    [Symbol.asyncDispose]: () => questions.close(),
  };
}

/** As the server's no would come. */
const refused = ({ kind, message }: Refusal): Failure =>
  kind === "invalid" ? badInput(message) : new Failure(message, exitCodes.refused);
