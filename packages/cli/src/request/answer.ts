import { type Client, newId } from "@tutti/client";
import type { Answer, Finding } from "@tutti/core";
import { exitCodes } from "../exit-codes.ts";
import { Failure } from "../failure.ts";

/** What is said beside yes or no. */
export interface AnswerWords {
  reason?: string | undefined;
  alike?: boolean | undefined;
  /** With a no to a merge: what is to change before it is asked about again. */
  notes?: readonly Finding[];
}

/** Answers a question. Throws a `Failure` when the server refuses: somebody answered first, or it waits no more. */
export async function answerQuestion(
  client: Client,
  { session, approval }: { session: string; approval: string },
  answer: Answer,
  { reason, alike, notes = [] }: AnswerWords = {},
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
      ...(notes.length > 0 && { notes: [...notes] }),
    },
  });
  if (!sent.ok) throw new Failure(sent.refusal.message, exitCodes.refused);
}
