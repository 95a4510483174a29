import { type SessionSummary, sessionSummarySchema, totalCost } from "@tutti/core";
import type { Database } from "../database/pool.ts";

export interface ListOptions {
  /** Children of this session; `""` for root sessions; all when undefined. */
  parent?: string | undefined;
  host?: string | undefined;
  active?: boolean | undefined;
  limit: number;
}

/** Sessions, the latest first. What a session cost includes what its children cost. */
export async function listSessions(
  { kysely }: Database,
  { parent, host, active, limit }: ListOptions,
): Promise<SessionSummary[]> {
  let query = kysely
    .selectFrom("session_summaries")
    .selectAll()
    .orderBy("created_at", "desc")
    .orderBy("id")
    .limit(limit);
  if (parent !== undefined)
    query = parent === "" ? query.where("parent", "is", null) : query.where("parent", "=", parent);
  if (host !== undefined) query = query.where("host", "=", host);
  if (active !== undefined) query = query.where("active", "=", active);
  const rows = await query.execute();
  if (rows.length === 0) return [];
  const children = await kysely
    .selectFrom("session_summaries")
    .select(["parent", "cost_usd", "cost_source"])
    .where(
      "parent",
      "in",
      rows.map(({ id }) => id),
    )
    .execute();
  return rows.map(({ active: _, created_at, updated_at, cost_usd, cost_source, ...row }) => {
    const own = { costUsd: cost_usd, costSource: costSource.parse(cost_source) };
    const theirs = children
      .filter((child) => child.parent === row.id)
      .map((child) => ({ costUsd: child.cost_usd, costSource: costSource.parse(child.cost_source) }));
    return {
      ...row,
      status: status.parse(row.status),
      createdAt: created_at.toISOString(),
      updatedAt: updated_at.toISOString(),
      ...totalCost([own, ...theirs]),
    };
  });
}

const { costSource, status } = sessionSummarySchema.shape;
