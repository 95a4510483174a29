/** The law of questions and their answers: the first one counts, and it is for what was asked. */
import type { CommandType } from "../commands.ts";
import type { Event } from "../events.ts";
import type { Finding } from "../review.ts";
import { accept, type Decided, type Decider, refuse, sentAlong } from "./deciding.ts";
import { actionsOf, judge } from "./judging.ts";
import { resumption, stops } from "./resumption.ts";
import { type ApprovalState, isPending, type SessionState } from "./state.ts";

type AnswerCommand = Extract<CommandType, `approval.${string}` | "policies.set">;

export const answerDeciders: { [T in AnswerCommand]: Decider<T> } = {
  "approval.request": (state, { approval, subject }) => {
    if (state.approvals[approval])
      return refuse("conflict", `approval ${approval} exists already`, "approval");
    const requested: Event = { type: "approval.requested", approval, subject };
    if (subject.kind !== "merge") return accept(requested);
    const task = state.tasks[subject.task];
    if (!task || task.outcome !== null)
      return refuse("conflict", `task ${subject.task} is not open`, "subject.task");
    if (task.candidate?.commit !== subject.commit || task.candidate.tree !== subject.tree)
      return refuse("law", "consent is asked for the latest candidate only", "subject.tree");
    const preapproved =
      state.spec.preapproved.includes("merge") && subject.verdict.approved && subject.warnings.length === 0;
    return preapproved
      ? accept(requested, { type: "approval.resolved", approval, answer: "allow", via: "preapproved" })
      : accept(requested);
  },
  "approval.resolve": (state, command, context) => {
    const { approval: id, answer, reason, alike, notes } = command;
    const approval = state.approvals[id];
    if (!approval) return refuse("invalid", `no approval ${id} in this session`, "approval");
    if (approval.withdrawn !== undefined)
      return refuse("conflict", `the question ended: ${approval.withdrawn}`);
    if (approval.answered) {
      const { by, answer: first } = approval.answered;
      return refuse("conflict", `${by.name} answered first: ${first}`);
    }
    const rule = "rule" in approval.subject ? approval.subject.rule : undefined;
    if (alike && (answer !== "allow" || !rule))
      return refuse(
        "invalid",
        "no rule stands for this question: each one like it must be seen. Allow it once.",
        "alike",
      );
    const stays = notes && notSentBack(state, approval, answer);
    if (stays) return stays;
    const { states } = judge(state, actionsOf(state, command), context);
    return accept(
      {
        ...{ type: "approval.resolved", approval: id, answer, via: "person" },
        ...(reason && { reason }),
        ...(alike && rule && { rule }),
        // The merge waits for each of them, whatever they are called.
        ...(notes && { notes: notes.map((note): Finding => ({ ...note, severity: "blocking" })) }),
        ...(Object.keys(states).length > 0 && { states }),
      },
      ...consequences(state, approval, answer, reason),
    );
  },
  "approval.follow": (state, command, context) => {
    const { approval: id, answer, reason } = command;
    const approval = state.approvals[id];
    if (!approval) return refuse("invalid", `no approval ${id} in this session`, "approval");
    if (!("agreements" in approval.subject && approval.subject.agreements))
      return refuse("law", "only questions about money follow the answer to another", "approval");
    if (!isPending(approval)) return accept();
    const { states } = judge(state, actionsOf(state, command), context);
    return accept(
      {
        ...{ type: "approval.resolved", approval: id, answer, reason, via: "alike" },
        ...(Object.keys(states).length > 0 && { states }),
      },
      ...consequences(state, approval, answer, reason),
    );
  },
  "approval.expire": (state, { approval: id, reason }) => {
    const approval = state.approvals[id];
    if (!approval) return refuse("invalid", `no approval ${id} in this session`, "approval");
    if (!isPending(approval)) return accept();
    return accept(
      { type: "approval.resolved", approval: id, answer: "deny", reason, via: "no-answer" },
      ...consequences(state, approval, "deny", reason),
    );
  },
  "approval.withdraw": (state, { approval: id, reason }) => {
    const approval = state.approvals[id];
    if (!approval) return refuse("invalid", `no approval ${id} in this session`, "approval");
    return isPending(approval) ? accept({ type: "approval.withdrawn", approval: id, reason }) : accept();
  },
  "policies.set": (state, { level, uses }) => {
    if (uses.some((use) => use.level !== level))
      return refuse("invalid", `every rule that is set must be of level ${level}`, "uses");
    const before = state.policies.filter((use) => use.level === level);
    return JSON.stringify(before) === JSON.stringify(uses)
      ? accept()
      : accept({ type: "policies.set", level, uses });
  },
};

/** The refusal of notes that cannot send the task back; undefined when they can. */
function notSentBack(
  { tasks }: SessionState,
  { subject }: ApprovalState,
  answer: "allow" | "deny",
): Decided | undefined {
  if (subject.kind !== "merge")
    return refuse(
      "invalid",
      "only a merge is sent back with notes: say why not with a reason instead",
      "notes",
    );
  if (answer !== "deny")
    return refuse("invalid", "a merge goes back with notes or is allowed, not both", "notes");
  const outcome = tasks[subject.task]?.outcome;
  return outcome === null
    ? undefined
    : refuse("conflict", `task ${subject.task} has ended: nobody is left who could mend it`, "notes");
}

/** What an answer starts by itself, where no machine waits for it any more. */
function consequences(
  state: SessionState,
  { id, subject }: ApprovalState,
  answer: "allow" | "deny",
  reason: string | undefined,
): Event[] {
  if (state.closed !== null) return [];
  if (subject.kind === "tool") {
    const parked = state.turn === null && state.held === null && state.lastTurn?.status === "parked";
    const answered = { answer, ...(reason && { reason }) };
    const stopping = stops({ subject, answered });
    if (!parked) {
      const { turn } = state;
      const goesOn = turn?.id === subject.turn && !turn.interruptRequested;
      return stopping && goesOn ? [{ type: "interrupt.requested", turn: subject.turn }] : [];
    }
    const resumed = resumption(state, { id, subject, answered });
    return stopping ? [resumed, stopped(resumed.turn, reason)] : [resumed];
  }
  if (subject.kind === "turn" && state.held?.approval === id) {
    const { turn, text } = subject;
    const started: Event = { type: "turn.started", turn, origin: "prompt", text, ...sentAlong(state.held) };
    if (answer === "allow") return [started];
    return [started, stopped(turn, reason)];
  }
  return [];
}

/** The end of a turn that no model was called for. */
const stopped = (turn: string, reason = "a person refused the turn"): Event => ({
  ...{ type: "turn.ended", turn, status: "interrupted", failure: { kind: "refused", message: reason } },
});
