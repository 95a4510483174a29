import type { SessionState } from "@tutti/core";
import type { Database } from "../database/pool.ts";
import { fromSnapshot } from "./snapshot.ts";

/** A session's state: the fold of its log as far as it is committed. Undefined when there is no such session. */
export async function readState(database: Database, session: string): Promise<SessionState | undefined> {
  const row = await database.kysely
    .selectFrom("sessions")
    .select(["id", "head", "state"])
    .where("id", "=", session)
    .executeTakeFirst();
  return row && fromSnapshot(database.kysely, row);
}

/** The states of a session and its children, in the order in which these began. Undefined when there is no such session. */
export async function readFamily(
  { kysely }: Database,
  session: string,
): Promise<{ root: SessionState; children: SessionState[] } | undefined> {
  const rows = await kysely
    .selectFrom("sessions")
    .innerJoin("events", (join) => join.onRef("events.session", "=", "sessions.id").on("events.seq", "=", 1))
    .select(["sessions.id", "sessions.head", "sessions.state"])
    .where((where) => where.or([where("sessions.id", "=", session), where("sessions.parent", "=", session)]))
    .orderBy("events.position")
    .execute();
  let root: SessionState | undefined;
  const children: SessionState[] = [];
  for (const row of rows) {
    const state = await fromSnapshot(kysely, row);
    if (row.id === session) root = state;
    else children.push(state);
  }
  return root && { root, children };
}

export async function sessionExists(database: Database, session: string): Promise<boolean> {
  const row = await database.kysely
    .selectFrom("sessions")
    .select("id")
    .where("id", "=", session)
    .executeTakeFirst();
  return row !== undefined;
}
