import { actorSchema, type LoggedEvent, upcast } from "@tutti/core";
import { type Kysely, sql } from "kysely";
import type { EventRow, Schema } from "../database/schema.ts";

/** An event with what its session says about where it belongs. */
export interface PlacedEvent {
  logged: LoggedEvent;
  /** The session's host. */
  host: string | null;
  /** The session that asked for this one. */
  parent: string | null;
}

/** Which events a reader of many sessions wants; all conditions hold at once. */
export interface Selection {
  /** Sessions of this host. */
  host?: string | undefined;
  /** This session and its children. */
  family?: string | undefined;
  /** This session alone. */
  session?: string | undefined;
}

/** Whether an event of a session is wanted. */
export function selects(
  selection: Selection,
  of: { session: string; host: string | null; parent: string | null },
): boolean {
  const { host, family, session } = selection;
  return (
    (host === undefined || of.host === host) &&
    (family === undefined || of.session === family || of.parent === family) &&
    (session === undefined || of.session === session)
  );
}

/** A page of one session's log, in order: the events after `seq`. Committed is enough: one session's log has no gaps. */
export async function readSession(
  kysely: Kysely<Schema>,
  session: string,
  after: number,
  limit: number,
): Promise<LoggedEvent[]> {
  const rows = await kysely
    .selectFrom("events")
    .selectAll()
    .where("session", "=", session)
    .where("seq", ">", after)
    .orderBy("seq")
    .limit(limit)
    .execute();
  return rows.map(toLogged);
}

/**
 * A page over many sessions, in order: the selected events after a position, up to one that is settled. Beyond that
 * an event may still appear before another, and would be missed.
 */
export async function readSettled(
  kysely: Kysely<Schema>,
  range: { after: number; settled: number },
  limit: number,
  { host, family, session }: Selection = {},
): Promise<PlacedEvent[]> {
  let query = kysely
    .selectFrom("events")
    .innerJoin("sessions", "sessions.id", "events.session")
    .selectAll("events")
    .select(["sessions.host", "sessions.parent"])
    .where("position", ">", range.after)
    .where("position", "<=", range.settled)
    .orderBy("position")
    .limit(limit);
  if (host !== undefined) query = query.where("sessions.host", "=", host);
  if (family !== undefined)
    query = query.where(
      "events.session",
      "in",
      kysely
        .selectFrom("sessions")
        .select("id")
        .where("id", "=", family)
        .unionAll(kysely.selectFrom("sessions").select("id").where("parent", "=", family)),
    );
  if (session !== undefined) query = query.where("events.session", "=", session);
  const rows = await query.execute();
  return rows.map(({ host, parent, ...row }) => ({ logged: toLogged(row), host, parent }));
}

/**
 * A page backwards over a session and its children: their last events before a position, in order. `before` is not beyond
 * what is settled: of what is there, nothing is missed.
 */
export async function readFamilyBackwards(
  kysely: Kysely<Schema>,
  family: string,
  before: number,
  limit: number,
): Promise<LoggedEvent[]> {
  // Each session's latest positions come from an index alone; the events themselves are read for the page's only.
  const page = kysely
    .selectFrom("sessions")
    .where((where) => where.or([where("sessions.id", "=", family), where("sessions.parent", "=", family)]))
    .innerJoinLateral(
      (own) =>
        own
          .selectFrom("events")
          .select("events.position")
          .whereRef("events.session", "=", "sessions.id")
          .where("events.position", "<", before)
          .orderBy("events.position", "desc")
          .limit(limit)
          .as("latest"),
      (join) => join.onTrue(),
    )
    .select("latest.position")
    .orderBy("latest.position", "desc")
    .limit(limit);
  const rows = await kysely
    .selectFrom("events")
    .selectAll()
    .where("position", "in", page)
    .orderBy("position")
    .execute();
  return rows.map(toLogged);
}

/** The position of a session's event `seq`, or of its last one before; 0 when there is none. */
export async function positionOf(kysely: Kysely<Schema>, session: string, seq: number): Promise<number> {
  const row = await kysely
    .selectFrom("events")
    .select(sql<number>`coalesce(max(position), 0)`.as("position"))
    .where("session", "=", session)
    .where("seq", "<=", seq)
    .executeTakeFirst();
  return row?.position ?? 0;
}

function toLogged(row: EventRow): LoggedEvent {
  const { session, seq, position, at } = row;
  return {
    session,
    seq,
    position,
    at: at.toISOString(),
    by: actorSchema.parse(row.actor),
    event: upcast(row.data),
  };
}
