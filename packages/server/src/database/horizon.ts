import { type Kysely, sql } from "kysely";
import type { Schema } from "./schema.ts";

/** How many positions one question looks at; what lies further is settled in the next round. */
const PAGE = 10_000;

/** How far the log is settled, for whoever follows many sessions by position. */
export interface Horizon {
  /**
   * Looks how far events are settled now. After it, every event that will ever have a position up to `settled` can be
   * read, so a follower that reads `position > cursor and position <= settled` in order of position misses none and
   * needs no lock.
   *
   * `pending` says that events above `settled` are committed already, behind a position whose transaction is still
   * open. If that one is rolled back nobody is notified: look again shortly. One call at a time.
   */
  advance(): Promise<{ readonly settled: number; readonly pending: boolean }>;
}

/**
 * Watches how far the log is settled.
 *
 * Positions are handed out when rows are inserted and appear when transactions commit, so a smaller one may appear
 * after a greater one. Where positions follow each other without a gap there is nothing to wait for. A gap is either an
 * append in flight or one that was rolled back. An append in flight holds a lock on the table from before it takes its
 * position until its outcome is visible; so once every transaction that held that lock after the gap was seen has
 * ended, what is still missing stays missing. Transactions that append nothing, and those of other databases, hold
 * nobody up.
 */
export function openHorizon(kysely: Kysely<Schema>): Horizon {
  let settled = 0;
  let doubt: { readonly upTo: number; readonly appending: readonly string[] } | undefined;

  return {
    async advance() {
      for (;;) {
        const seen = await look(kysely, settled);
        settled = seen.unbroken;
        if (settled >= seen.last) {
          doubt = undefined;
          return { settled, pending: false };
        }
        if (doubt !== undefined && doubt.upTo <= settled) doubt = undefined;
        const appending = await transactionsAppending(kysely);
        doubt =
          doubt === undefined
            ? { upTo: seen.last, appending }
            : { upTo: doubt.upTo, appending: doubt.appending.filter((one) => appending.includes(one)) };
        if (doubt.appending.length > 0) return { settled, pending: true };
        settled = doubt.upTo;
        doubt = undefined;
      }
    },
  };
}

/** The last of the positions that follow `after` without a gap, and the last position there is. */
async function look(kysely: Kysely<Schema>, after: number): Promise<{ unbroken: number; last: number }> {
  const { rows } = await sql<{ unbroken: number; last: number }>`
    select
      coalesce(max(position) filter (where position = ${after}::bigint + rank), ${after}::bigint) as unbroken,
      coalesce((select max(position) from events), 0) as last
    from (
      select position, row_number() over (order by position) as rank
      from events where position > ${after}::bigint order by position limit ${PAGE}
    ) as ahead`.execute(kysely);
  const [row] = rows;
  if (row === undefined) throw new Error("The database gave no answer on how far the log is settled.");
  return row;
}

async function transactionsAppending(kysely: Kysely<Schema>): Promise<readonly string[]> {
  const { rows } = await sql<{ transaction: string }>`
    select virtualtransaction as transaction from pg_locks
    where locktype = 'relation' and mode = 'RowExclusiveLock' and relation = 'events'::regclass
      and database = (select oid from pg_database where datname = current_database())`.execute(kysely);
  return rows.map((row) => row.transaction);
}
