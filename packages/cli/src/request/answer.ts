import { type Client, newId } from "@tutti/client";
import type { Answer } from "@tutti/core";
import { exitCodes } from "../exit-codes.ts";
import { Failure } from "../failure.ts";

/** Answers a question. Throws a `Failure` when the server refuses: somebody answered first, or it waits no more. */
export async function answerQuestion(
  client: Client,
  { session, approval }: { session: string; approval: string },
  answer: Answer,
  { reason, alike }: { reason?: string | undefined; alike?: boolean | undefined } = {},
): Promise<void> {
  const sent = await client.command({
    id: newId("command"),
    session,
    command: {
      type: "approval.resolve",
      approval,
      answer,
      ...(reason && { reason }),
      ...(alike && { alike }),
    },
  });
  if (!sent.ok) throw new Failure(sent.refusal.message, exitCodes.refused);
}
