import { agreementKey, type BudgetScope, type Spending, type Spent } from "@tutti/core";
import { sql, type Transaction } from "kysely";
import type { Schema } from "../database/schema.ts";

/**
 * What was spent around a session, as far as it is committed; one query over its tree's rows and, for the day, over those of
 * its project and person.
 *
 * Why agents that work side by side can't overshoot by more than a call each: a model is called only after a check that read
 * this, and a session has at most one call under way. From the moment that a limit's amount is committed every check sees
 * it; before, each session can have passed one check whose call is not in the amount. What is `reserved` makes it less.
 *
 * @param day today in UTC, `2030-01-31`
 */
export async function readSpending(tx: Transaction<Schema>, session: string, day: string): Promise<Spending> {
  const { rows } = await sql<Row>`
    with own as (select root, project, person from spending where session = ${session})
    select * from (
      select 'session' as scope, ${session} as of, ${sums("")}, 0 as reserved_usd, 0 as reserved_subscription_usd
        from spending where session = ${session}
      union all
      select 'tree', (select root from own), ${sums("")}, ${reserved(session)}
        from spending where root = (select root from own)
      union all
      select 'project-day', (select project from own), ${sums("day_", day)}, ${reserved(session)}
        from spending where project = (select project from own) and (day = ${day} or open)
      union all
      select 'user-day', (select person from own), ${sums("day_", day)}, ${reserved(session)}
        from spending where person = (select person from own) and (day = ${day} or open)
    ) as scopes where of is not null`.execute(tx);
  const keys = rows.map(({ scope, of }) => keyOf(scope, of, day));
  const agreed = await tx
    .selectFrom("budget_agreements")
    .select(["key", "usd", "unknown"])
    .where("key", "in", keys)
    .execute();
  const spent = (scope: BudgetScope): Spent | null => {
    const row = rows.find((one) => one.scope === scope);
    if (!row) return null;
    const agreement = agreed.find(({ key }) => key === keyOf(scope, row.of, day));
    return {
      of: row.of,
      usd: row.usd,
      unknownCalls: row.unknown_calls,
      subscription: { usd: row.subscription_usd, unknownCalls: row.subscription_unknown_calls },
      reserved: { usd: row.reserved_usd, subscriptionUsd: row.reserved_subscription_usd },
      agreed: { usd: agreement?.usd ?? 0, unknown: agreement?.unknown ?? false },
    };
  };
  const own = spent("session");
  const tree = spent("tree");
  if (!own || !tree) throw new Error(`nothing is counted for session ${session}`);
  return { day, session: own, tree, projectToday: spent("project-day"), userToday: spent("user-day") };
}

interface Row {
  scope: BudgetScope;
  of: string;
  usd: number;
  unknown_calls: number;
  subscription_usd: number;
  subscription_unknown_calls: number;
  reserved_usd: number;
  reserved_subscription_usd: number;
}

const keyOf = (scope: BudgetScope, of: string, day: string): string =>
  agreementKey({ scope, of, day: scope === "session" || scope === "tree" ? null : day });

/** Sums over rows; with a day, over what they hold of that day. */
function sums(prefix: "" | "day_", day?: string) {
  const sum = (column: string, type: string) => {
    const value = sql.ref(`${prefix}${column}`);
    const filter = day === undefined ? sql`` : sql` filter (where day = ${day})`;
    return sql`coalesce(sum(${value})${filter}, 0)::${sql.raw(type)} as ${sql.ref(column)}`;
  };
  return sql.join([
    sum("usd", "float8"),
    sum("unknown_calls", "int"),
    sum("subscription_usd", "float8"),
    sum("subscription_unknown_calls", "int"),
  ]);
}

/** What the open turns of other sessions may cost next. */
const reserved = (session: string) =>
  sql`coalesce(sum(call_usd) filter (where open and session <> ${session}), 0)::float8 as reserved_usd,
    coalesce(sum(call_subscription_usd) filter (where open and session <> ${session}), 0)::float8 as reserved_subscription_usd`;
