import type { CostBy, CostRow, CostSums, MergedChange } from "@tutti/core";
import { type RawBuilder, sql } from "kysely";
import type { Database } from "../database/pool.ts";

export interface CostQuery {
  by: CostBy;
  /** What was used, and merged, at this time or later. */
  since?: Date;
  /** This root session and all below it. */
  root?: string | undefined;
  /** How many rows, and how many merged changes. */
  limit: number;
}

export interface CostReport {
  rows: CostRow[];
  total: CostSums;
  merged: MergedChange[];
}

/** What was used, summed up. Reads what is committed; the parts may differ by what is recorded between them. */
export async function readCost({ kysely }: Database, query: CostQuery): Promise<CostReport> {
  const { by, since, root, limit } = query;
  const used = sql`usage_entries e join spending s on s.session = e.session`;
  const wanted = sql`${since ? sql`e.at >= ${since}` : sql`true`} and ${root === undefined ? sql`true` : sql`s.root = ${root}`}`;
  const { key, root: of, title, tables = sql``, order = dearest }: Group = groups[by];
  const rows = await sql<CostRow>`
    select ${key} as key, ${of} as root, ${title} as title, ${sums}
    from ${used} ${tables} where ${wanted} group by 1, 2, 3 order by ${order} limit ${limit}`.execute(kysely);
  const total = await sql<CostSums>`select ${sums} from ${used} where ${wanted}`.execute(kysely);
  const merged = await sql<Omit<MergedChange, "at"> & { at: Date }>`
    select m.root, m.task, m.text as title, m.commit, m.at, ${sums}
    from merged_changes m
      left join spending s on s.root = m.root and s.task = m.task
      left join usage_entries e on e.session = s.session
    where ${since ? sql`m.at >= ${since}` : sql`true`} and ${root === undefined ? sql`true` : sql`m.root = ${root}`}
    group by m.root, m.task order by m.at desc, m.root, m.task limit ${limit}`.execute(kysely);
  const [all] = total.rows;
  if (!all) throw new Error("a sum over nothing is a row, too");
  return {
    rows: rows.rows,
    total: all,
    merged: merged.rows.map((row) => ({ ...row, at: row.at.toISOString() })),
  };
}

/** What is known of the price decides which sum an entry is in: each is in one, and what nobody can price in none of dollars. */
const usd = (condition: RawBuilder<unknown>) =>
  sql`coalesce(sum(e.cost_usd) filter (where ${condition}), 0)::float8`;
const calls = (condition: RawBuilder<unknown>) => sql`count(e.seq) filter (where ${condition})`;
const tokens = (column: string) => sql`coalesce(sum(${sql.ref(`e.${column}`)}), 0)::bigint`;
const subscribed = sql`e.cost_source = 'subscription'`;

const sums = sql.join([
  sql`count(e.seq) as calls`,
  sql`${tokens("input")} as input`,
  sql`${tokens("cache_read")} as "cacheRead"`,
  sql`${tokens("cache_write")} as "cacheWrite"`,
  sql`${tokens("output")} as output`,
  sql`${usd(sql`e.cost_source = 'reported'`)} as "reportedUsd"`,
  sql`${usd(sql`e.cost_source in ('list', 'unknown')`)} as "listUsd"`,
  sql`${usd(subscribed)} as "subscriptionUsd"`,
  sql`${calls(subscribed)} as "subscriptionCalls"`,
  sql`${calls(sql`${subscribed} and e.cost_usd is null`)} as "subscriptionUnknownCalls"`,
  sql`${calls(sql`not ${subscribed} and e.cost_usd is null`)} as "unknownCalls"`,
]);

const dearest = sql`coalesce(sum(e.cost_usd), 0) desc, count(e.seq) desc, 1, 2`;

interface Group {
  key: RawBuilder<unknown>;
  root: RawBuilder<unknown>;
  title: RawBuilder<unknown>;
  tables?: RawBuilder<unknown>;
  order?: RawBuilder<unknown>;
}

const none = sql`null::text`;
const groups = {
  session: {
    ...{ key: sql`s.session`, root: sql`s.root`, title: sql`t.title` },
    tables: sql`left join session_summaries t on t.id = s.session`,
  },
  task: {
    ...{ key: sql`s.task`, root: sql`s.root`, title: sql`t.title` },
    tables: sql`left join session_summaries t on t.id = s.root`,
  },
  vendor: { key: sql`e.vendor`, root: none, title: none },
  model: { key: sql`e.model`, root: none, title: none },
  day: { key: sql`e.day`, root: none, title: none, order: sql`1 desc` },
} as const satisfies Record<CostBy, Group>;
