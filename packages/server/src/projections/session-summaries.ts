import {
  activityOf,
  openPushes,
  type Phase,
  pendingApprovals,
  pendingWork,
  phaseSchema,
  repositoryOf,
  type SessionState,
  type SessionSummary,
  type TaskState,
  totalCost,
} from "@tutti/core";
import { sql } from "kysely";
import type { Projection } from "./projection.ts";

const detailLimit = 200;

/** The list of sessions: what each does and why, in a few words. */
export const sessionSummaries: Projection = async (tx, state) => {
  const { id, spec, seq } = state;
  const parent = spec.parent ?? null;
  const { activity, detail } = activityOf(state);
  const status = statusOf(state, activity);
  const { costUsd, costSource } = totalCost(state.usage);
  const updatedAt = new Date(state.updatedAt);
  const tasks = Object.values(state.tasks);
  const row = {
    title: spec.title,
    agent: spec.agent,
    host: spec.host,
    parent,
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
    updated_at: updatedAt,
    cost_usd: costUsd,
    cost_source: costSource,
    activity,
    repository: sql<
      string | null
    >`coalesce(${repositoryOf(state) ?? (parent === null ? (spec.workspace ?? null) : null)}, (select repository from session_summaries where id = ${parent}))`,
    harness: spec.harness?.harness ?? null,
    phase: phaseOf(tasks),
    tasks_total: tasks.length,
    tasks_ended: tasks.filter(({ outcome }) => outcome !== null).length,
    tasks_waiting: tasks.filter(({ outcome, phase }) => outcome === null && phase === "waiting").length,
    outcome: firstOutcome(tasks),
    ...changesOf(tasks),
    questions: pendingApprovals(state).length,
  };
  await tx
    .insertInto("session_summaries")
    .values({ id, created_at: new Date(state.createdAt), activity_since: updatedAt, ...row })
    .onConflict((conflict) =>
      conflict.column("id").doUpdateSet({
        ...row,
        activity_since: sql`case when session_summaries.activity = excluded.activity
          then session_summaries.activity_since else excluded.activity_since end`,
      }),
    )
    .execute();
};

/** What a session does, as far as it matters whether it is open. A program is at work until its last task has ended. */
function statusOf(
  state: SessionState,
  activity: SessionSummary["activity"],
): "working" | "waiting" | "idle" | "closed" {
  if (state.closed !== null) return "closed";
  switch (activity) {
    case "waiting":
      return "waiting";
    case "working":
    case "waiting-for-child":
      return "working";
    case "starting":
      return state.turn || state.spec.orchestration ? "working" : "idle";
    default:
      return "idle";
  }
}

/** Of the only task, or of the open one that is least far. */
function phaseOf(tasks: readonly TaskState[]): Phase | null {
  const [only, ...others] = tasks;
  if (only && others.length === 0) return only.phase;
  const open = new Set(tasks.filter(({ outcome }) => outcome === null).map(({ phase }) => phase));
  return phaseSchema.options.find((phase) => open.has(phase)) ?? null;
}

function firstOutcome(tasks: readonly TaskState[]): TaskState["outcome"] {
  const ended = tasks.flatMap(({ outcome, endedAt }) => (endedAt === null ? [] : [{ outcome, endedAt }]));
  return ended.sort((a, b) => a.endedAt.localeCompare(b.endedAt))[0]?.outcome ?? null;
}

function changesOf(
  tasks: readonly TaskState[],
): Record<"files" | "additions" | "deletions", number> | Record<"files" | "additions" | "deletions", null> {
  const candidates = tasks.flatMap(({ candidate }) => (candidate ? [candidate] : []));
  if (candidates.length === 0) return { files: null, additions: null, deletions: null };
  const files = candidates.flatMap((candidate) => candidate.files);
  const sum = (part: "additions" | "deletions") =>
    files.reduce((total, file) => total + (file[part] ?? 0), 0);
  return { files: files.length, additions: sum("additions"), deletions: sum("deletions") };
}

const oneLine = (text: string): string => {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > detailLimit ? `${line.slice(0, detailLimit - 1)}…` : line;
};
