/**
 * Writes the audit, in the transaction that appends.
 *
 * The head of the chain is one for all sessions, so rows are written under an advisory lock that ends with the transaction.
 * It is the last lock that a transaction takes: whoever holds it waits for nobody, so no circle of waiting goes through it.
 * Transactions without an audited event, which are by far the most, don't take it.
 */
import type { Actor, AuditKind, LoggedEvent, SessionState } from "@tutti/core";
import { sql, type Transaction } from "kysely";
import { type Schema, toJsonb } from "../database/schema.ts";
import { canonicalJson, hashOf } from "./chain.ts";
import { bodyOf, isAudited, kindOf } from "./entry.ts";
import { auditHead } from "./read.ts";

/** What one command appended, and the state after it. */
export interface Appended {
  state: SessionState;
  logged: readonly LoggedEvent[];
}

interface Entry {
  session: string | null;
  seq: number | null;
  at: Date;
  by: Actor;
  kind: AuditKind;
  body: string;
}

/** Writes the rows of a transaction's events. Called once, when nothing else is left to do before the commit. */
export async function auditAppended(tx: Transaction<Schema>, all: readonly Appended[]): Promise<void> {
  const audited = all.flatMap(({ state, logged }) =>
    logged.filter(({ event }) =>
      isAudited(event, (work) => state.work[work]?.request.type === "candidate.merge"),
    ),
  );
  const [first] = audited;
  if (!first) return;
  // The row holds the hash of what the database keeps, which orders keys and writes numbers in its own way.
  const stored = await tx
    .selectFrom("events")
    .select(["seq", "data"])
    .where("session", "=", first.session)
    .where(
      "seq",
      "in",
      audited.map(({ seq }) => seq),
    )
    .execute();
  const dataOf = new Map(stored.map(({ seq, data }) => [seq, data]));
  await write(
    tx,
    audited.map(({ session, seq, at, by, event }) => ({
      ...{ session, seq, by },
      at: new Date(at),
      kind: kindOf(event.type),
      body: bodyOf(event, dataOf.get(seq)),
    })),
  );
}

/** Writes a row about something that is no event of a session. Called last before the commit. */
export const auditDeed = (
  tx: Transaction<Schema>,
  { at, by, kind, facts }: { at: Date; by: Actor; kind: AuditKind; facts: object },
): Promise<void> =>
  write(tx, [{ session: null, seq: null, at, by, kind, body: canonicalJson({ v: 1, ...facts }) }]);

async function write(tx: Transaction<Schema>, entries: readonly Entry[]): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('tutti audit', 0))`.execute(tx);
  // A statement of its own, after the lock: it sees what the one before has committed.
  let { n, hash: prev } = await auditHead(tx);
  const rows = entries.map((entry) => {
    n += 1;
    const { session, seq, at, by, kind, body } = entry;
    const row = { n, session, seq, at: at.toISOString(), by, kind, body, prev };
    prev = hashOf(row);
    return { n, session, seq, at, actor: toJsonb(by), kind, body, prev: row.prev, hash: prev };
  });
  await tx.insertInto("audit").values(rows).execute();
}
