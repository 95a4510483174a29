/** What a session is doing, in one word and a few more: the one answer that every list, icon and status line shows. Pure. */
import { z } from "zod";
import type { ApprovalSubject } from "../approval.ts";
import { isChosen } from "../task.ts";
import { pendingApprovals } from "./fold.ts";
import { activeTasks, pendingWork, type SessionState } from "./state.ts";

export const activitySchema = z.enum([
  "starting", // its machine has not begun
  "working",
  "waiting", // for a person
  "waiting-for-child", // a program waits for one of its agents
  "parked", // it goes on by itself, later
  "idle", // the turn is over and nothing is asked
  "failed",
  "merged",
  "stopped", // a person ended it
]);
export type Activity = z.infer<typeof activitySchema>;

/** What the session's own log says; a root session whose children ask a person is waiting, which its own log does not know. */
export function activityOf(state: SessionState): { activity: Activity; detail: string } {
  const [question, ...more] = pendingApprovals(state);
  if (state.closed === null && question)
    return {
      activity: "waiting",
      detail: asks(question.subject) + (more.length > 0 ? ` (and ${more.length} more)` : ""),
    };
  if (state.spec.orchestration) return ofProgram(state);
  if (state.turn) {
    if (!state.turn.begun) return { activity: "starting", detail: "the agent is being started" };
    const call = state.turn.calls.at(-1);
    return {
      activity: "working",
      detail: state.turn.interruptRequested ? "is being interrupted" : (call?.title ?? "is thinking"),
    };
  }
  if (state.closed !== null) return { activity: "idle", detail: state.closed };
  const [work] = pendingWork(state);
  if (work) return { activity: "working", detail: work.request.type };
  const last = state.lastTurn;
  if (!last) return { activity: "starting", detail: "new" };
  if (last.status === "parked") return { activity: "parked", detail: "goes on with a person's answer" };
  if (last.failure?.kind === "usage-limit") return { activity: "parked", detail: last.failure.message };
  if (last.status === "failed")
    return { activity: "failed", detail: last.failure?.message ?? "the turn failed" };
  return { activity: last.status === "interrupted" ? "stopped" : "idle", detail: last.status };
}

/** A program works from its beginning until its last task has ended. */
function ofProgram(state: SessionState): { activity: Activity; detail: string } {
  const tasks = Object.values(state.tasks);
  const [only] = tasks;
  const open = tasks.filter(({ outcome }) => outcome === null);
  if (only && open.length === 0) {
    const unmerged = tasks.flatMap(({ outcome, outcomeDetail }) =>
      outcome === null || outcome === "merged" ? [] : [{ outcome, outcomeDetail }],
    );
    const [first] = unmerged;
    if (!first) return { activity: "merged", detail: only.mergedCommit ?? "" };
    const failed = unmerged.find(({ outcome }) => !isChosen(outcome));
    const { outcome, outcomeDetail } = failed ?? first;
    return {
      activity: failed ? "failed" : "stopped",
      detail: outcomeDetail ? `${outcome}: ${outcomeDetail}` : outcome,
    };
  }
  if (state.closed !== null) return { activity: "stopped", detail: state.closed };
  if (!only) return { activity: "starting", detail: pendingWork(state)[0]?.request.type ?? "starting" };
  const [busy = only] = activeTasks(state);
  const detail = busy.detail ? `${busy.phase}: ${busy.detail}` : busy.phase;
  const byChild = ["implementing", "reviewing", "fixing"].includes(busy.phase);
  return { activity: byChild ? "waiting-for-child" : "working", detail };
}

function asks(subject: ApprovalSubject): string {
  switch (subject.kind) {
    case "tool":
      return `asks: ${subject.call.command ?? subject.call.paths?.[0] ?? subject.call.name}`;
    case "push":
      return `asks to push ${subject.facts.updates.map(({ ref }) => ref).join(", ")} to ${subject.facts.remote}`;
    case "turn":
      return `asks before it begins: ${subject.reason}`;
    case "merge":
      return `asks to merge ${subject.task} into ${subject.target}`;
    case "trust":
      return `asks to trust ${subject.repository}`;
  }
}
