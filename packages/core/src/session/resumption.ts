/** How a turn that waited for a person goes on. */
import type { ApprovalSubjectOf } from "../approval.ts";
import type { EventOf } from "../events.ts";
import type { ApprovalState, SessionState } from "./state.ts";

/** A question about a call, with its answer. */
export interface AnsweredCall {
  id: string;
  subject: ApprovalSubjectOf<"tool">;
  answered: Pick<NonNullable<ApprovalState["answered"]>, "answer" | "reason">;
}

/** Answers about calls of a turn that no call has met yet. */
export function unusedAnswers(state: SessionState, turn: string): AnsweredCall[] {
  return Object.values(state.approvals).flatMap(({ id, subject, answered, used }) =>
    subject.kind === "tool" && subject.turn === turn && answered && !used ? [{ id, subject, answered }] : [],
  );
}

/** A no to a question about money stops the agent; it is not told to go on without the call. */
export const stops = ({ subject, answered }: Pick<AnsweredCall, "subject" | "answered">): boolean =>
  subject.agreements !== undefined && answered.answer === "deny";

/** The turn that starts when a person has answered and the turn that asked is not there any more. */
export function resumption(
  state: SessionState,
  { id, subject, answered }: AnsweredCall,
): EventOf<"turn.started"> {
  const what = subject.call.command ?? subject.call.name;
  const others = state.unsettled.map(({ title }) => `- ${title}`).join("\n");
  const doubt = others
    ? `\nThese other calls had begun when the machine stopped, and nobody can say whether they took effect; look before you repeat one:\n${others}`
    : "";
  const text =
    answered.answer === "allow"
      ? `A person allowed the call that you were waiting for: ${what}\nIt has not been carried out. Issue the very same call again and go on from where you stopped.${doubt}`
      : `A person refused the call that you were waiting for: ${what}\nReason: ${answered.reason ?? "none given"}\nGo on without it.${doubt}`;
  return { type: "turn.started", turn: `${subject.turn}.${id}`.slice(-200), origin: "resumption", text };
}
