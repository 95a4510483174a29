/** Which events of a log policies were asked about, and the command that each answered. Pure. */
import type { CommandOf, Decision, Event, LoggedEvent, SessionState } from "@tutti/core";
import { withUnsettled } from "@tutti/core";

export interface Judged {
  subject: "tool" | "push" | "turn";
  command: CommandOf<"tool.request"> | CommandOf<"push.request"> | CommandOf<"turn.start">;
  recorded: Decision;
  /** The question that was asked, or whose answer decided. */
  approval: string | undefined;
  /** A person's answer decided, and no policy was asked. */
  answered: boolean;
}

/** An id that no question has. */
const noApproval = "explained";

/**
 * What an event says was judged; undefined when it says nothing of the kind.
 *
 * @param before the state on which it was judged
 * @param question the question that was appended just before it, by the same command
 */
export function judgedBy(
  event: Event,
  before: SessionState,
  question?: Extract<Event, { type: "approval.requested" }>,
): Judged | undefined {
  switch (event.type) {
    case "tool.requested": {
      const { turn, call, decision, approval } = event;
      const answered = approval !== undefined && decision.effect !== "ask";
      const command = { type: "tool.request" as const, turn, call, approval: noApproval };
      return { subject: "tool", command, recorded: decision, approval, answered };
    }
    case "push.requested": {
      const { push, facts, decision, approval } = event;
      const command = { type: "push.request" as const, push, facts, approval: noApproval };
      return { subject: "push", command, recorded: decision, approval, answered: false };
    }
    case "turn.held": {
      const { turn, text, approval } = event;
      const command = { type: "turn.start" as const, turn, text: asSent(before, text) };
      const subject = question?.subject;
      if (subject?.kind !== "turn") return undefined;
      const { reason, policies, weight, alternative } = subject;
      const recorded: Decision = {
        ...{ effect: "ask", reason, policies, weight },
        ...(alternative !== undefined && { alternative }),
      };
      return { subject: "turn", command, recorded, approval, answered: false };
    }
    case "turn.started": {
      const { turn, text, origin } = event;
      if (origin !== "prompt" || before.held?.turn === turn || wasHeld(before, turn)) return undefined;
      const command = { type: "turn.start" as const, turn, text: asSent(before, text) };
      return {
        subject: "turn",
        command,
        recorded: { effect: "allow" },
        approval: undefined,
        answered: false,
      };
    }
    default:
      return undefined;
  }
}

/** Whether a question was asked about the turn: its beginning is what the answer brought about. */
const wasHeld = ({ approvals }: SessionState, turn: string): boolean =>
  Object.values(approvals).some(({ subject }) => subject.kind === "turn" && subject.turn === turn);

/** A turn's text as it came, without what Tutti says before it. */
function asSent(state: SessionState, told: string): string {
  const before = withUnsettled(state, "");
  return told.startsWith(before) ? told.slice(before.length) : told;
}

export interface JudgedEvent {
  logged: LoggedEvent;
  before: SessionState;
  judged: Judged;
}

/**
 * Walks a log and gives each judged event with the state on which it was judged: a question that was appended by the same
 * command is not part of it.
 */
export function judgedEvents(): (
  before: SessionState | undefined,
  logged: LoggedEvent,
) => JudgedEvent | undefined {
  let asked:
    | { state: SessionState; event: Extract<Event, { type: "approval.requested" }>; seq: number }
    | undefined;
  return (before, logged) => {
    const { event, seq } = logged;
    const question = asked?.seq === seq - 1 ? asked : undefined;
    asked = before && event.type === "approval.requested" ? { state: before, event, seq } : undefined;
    if (!before) return undefined;
    const own =
      question && "approval" in event && event.approval === question.event.approval ? question : undefined;
    const state = own?.state ?? before;
    const judged = judgedBy(event, state, own?.event);
    return judged && { logged, before: state, judged };
  };
}
