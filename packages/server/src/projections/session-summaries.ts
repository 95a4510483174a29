import {
  type ApprovalSubject,
  activeTasks,
  openPushes,
  pendingApprovals,
  pendingWork,
  type SessionState,
  type SessionSummary,
  totalCost,
} from "@tutti/core";
import type { Projection } from "./projection.ts";

const detailLimit = 200;

/** The list of sessions: where each stands and why, in a few words. */
export const sessionSummaries: Projection = async (tx, state) => {
  const { id, spec, seq } = state;
  const { status, detail } = standing(state);
  const { costUsd, costSource } = totalCost(state.usage);
  const row = {
    title: spec.title,
    agent: spec.agent,
    host: spec.host,
    parent: spec.parent ?? null,
    role: spec.role ?? null,
    status,
    detail: oneLine(detail),
    active:
      status === "working" ||
      status === "waiting" ||
      state.turn !== null ||
      pendingWork(state).length > 0 ||
      openPushes(state).length > 0,
    seq,
    updated_at: new Date(state.updatedAt),
    cost_usd: costUsd,
    cost_source: costSource,
  };
  await tx
    .insertInto("session_summaries")
    .values({ id, created_at: new Date(state.createdAt), ...row })
    .onConflict((conflict) => conflict.column("id").doUpdateSet(row))
    .execute();
};

function standing(state: SessionState): Pick<SessionSummary, "status" | "detail"> {
  if (state.closed !== null) return { status: "closed", detail: state.closed };
  const [question, ...more] = pendingApprovals(state);
  if (question)
    return {
      status: "waiting",
      detail: asks(question.subject) + (more.length > 0 ? ` (and ${more.length} more)` : ""),
    };
  if (state.spec.orchestration) return standingOfProgram(state);
  if (state.turn) {
    const call = state.turn.calls.at(-1);
    return {
      status: "working",
      detail: state.turn.interruptRequested ? "is being interrupted" : (call?.title ?? "is thinking"),
    };
  }
  const work = pendingWork(state)[0];
  if (work) return { status: "working", detail: work.request.type };
  const last = state.lastTurn;
  return { status: "idle", detail: last ? (last.failure?.message ?? last.status) : "new" };
}

/** A program works from its beginning until its last task has ended. */
function standingOfProgram(state: SessionState): Pick<SessionSummary, "status" | "detail"> {
  const tasks = Object.values(state.tasks);
  const open = tasks.filter((task) => task.outcome === null);
  const [only] = tasks;
  if (!only) return { status: "working", detail: pendingWork(state)[0]?.request.type ?? "starting" };
  if (open.length === 0) return { status: "idle", detail: counted(tasks.map((task) => task.outcome ?? "")) };
  if (tasks.length === 1)
    return { status: "working", detail: only.detail ? `${only.phase}: ${only.detail}` : only.phase };
  const busy = activeTasks(state).map((task) => task.phase);
  const ended = tasks.length - open.length;
  return {
    status: "working",
    detail: `${ended} of ${tasks.length} tasks done${busy.length > 0 ? `; ${counted(busy)}` : ""}`,
  };
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

/** `2 merged, 1 declined` */
function counted(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => (words.length === 1 ? word : `${count} ${word}`)).join(", ");
}

const oneLine = (text: string): string => {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > detailLimit ? `${line.slice(0, detailLimit - 1)}…` : line;
};
