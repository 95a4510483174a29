import { type Activity, type SessionSummary, sessionSummarySchema, totalCost } from "@tutti/core";
import type { Kysely } from "kysely";
import type { Schema, SessionSummaryRow } from "../database/schema.ts";

const { activity, costSource, outcome, phase, status } = sessionSummarySchema.shape;

/** Summaries in the order of their rows. What a session cost, asks and is played by includes what its children do. */
export async function withChildren(
  kysely: Kysely<Schema>,
  rows: readonly SessionSummaryRow[],
): Promise<SessionSummary[]> {
  if (rows.length === 0) return [];
  const all = await kysely
    .selectFrom("session_summaries")
    .select(["parent", "detail", "status", "harness", "questions", "cost_usd", "cost_source"])
    .where(
      "parent",
      "in",
      rows.map(({ id }) => id),
    )
    .orderBy("created_at")
    .orderBy("id")
    .execute();
  const childrenOf = Map.groupBy(all, ({ parent }) => parent);
  return rows.map((row) => summaryOf(row, childrenOf.get(row.id) ?? []));
}

type ChildRow = Pick<
  SessionSummaryRow,
  "detail" | "status" | "harness" | "questions" | "cost_usd" | "cost_source"
>;

function summaryOf(row: SessionSummaryRow, children: readonly ChildRow[]): SessionSummary {
  const { files, additions, deletions } = row;
  const harnesses = [row, ...children].flatMap(({ harness }) => harness ?? []);
  return {
    id: row.id,
    title: row.title,
    agent: row.agent,
    host: row.host,
    parent: row.parent,
    role: row.role,
    ...standing(row, children),
    repository: row.repository,
    phase: phase.parse(row.phase),
    tasks: { total: row.tasks_total, ended: row.tasks_ended },
    outcome: outcome.parse(row.outcome),
    harnesses: [...new Set(harnesses)],
    changes:
      files === null || additions === null || deletions === null ? null : { files, additions, deletions },
    questions: [row, ...children].reduce((sum, { questions }) => sum + questions, 0),
    seq: row.seq,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    ...totalCost(
      [row, ...children].map(({ cost_usd, cost_source }) => ({
        costUsd: cost_usd,
        costSource: costSource.parse(cost_source),
      })),
    ),
  };
}

/** A session waits for a person when one of its children does, which its own log does not know. */
function standing(
  row: SessionSummaryRow,
  children: readonly ChildRow[],
): { status: SessionSummary["status"]; activity: Activity; detail: string } {
  const asking = children.find(({ questions }) => questions > 0);
  const own = {
    status: status.parse(row.status),
    activity: activity.parse(row.activity),
    detail: row.detail,
  };
  if (!asking || own.status === "closed" || own.activity === "waiting") return own;
  return { status: "waiting", activity: "waiting", detail: asking.detail };
}
