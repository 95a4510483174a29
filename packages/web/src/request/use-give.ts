/** Gives answers: after the device knew its owner where that is wanted, then held for a moment. */
import type { Answer, InboxItemOf } from "@tutti/core";
import { announce } from "../design/announce.tsx";
import { hasDeviceCheck, verifyDevice } from "./device-check.ts";
import type { GivenAnswer, Press } from "./held-answer.ts";
import { useDesk } from "./use-desk.ts";
import { weightOf } from "./words.ts";

export type Question = InboxItemOf<"question">;

export interface Given {
  answer: Answer;
  /** For the agent, in the person's words or the safer way's. */
  reason?: string | undefined;
  /** Everything alike in the session is allowed from now on. */
  alike?: boolean;
  /** Sent at once: it was confirmed already. */
  confirmed?: boolean;
}

export function useGive(): (questions: readonly Question[], given: Given) => void {
  const desk = useDesk();
  return (questions, { answer, reason, alike, confirmed = false }) => {
    const answers = questions.map(
      ({ approval, session }): GivenAnswer => ({
        key: approval,
        session,
        command: {
          ...{ type: "approval.resolve", approval, answer },
          ...(reason ? { reason } : {}),
          ...(alike === true && { alike }),
        },
      }),
    );
    const press: Press = { answers, outcome: answer === "allow" ? "Allowed" : "Denied", hold: !confirmed };
    const isWeighty = questions.some(
      ({ subject }) => subject.kind !== "merge" && weightOf(subject) !== "routine",
    );
    if (answer === "deny" || !isWeighty || !hasDeviceCheck()) {
      desk.press(press);
      announce(confirmed ? press.outcome : `${press.outcome}. It can be undone for a moment.`);
      return;
    }
    void verifyDevice().then((known) => {
      if (known) desk.press(press);
      announce(known ? press.outcome : "The device did not confirm it. Nothing was sent.", "assertive");
    });
  };
}
