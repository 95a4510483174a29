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

export async function sessionExists(database: Database, session: string): Promise<boolean> {
  const row = await database.kysely
    .selectFrom("sessions")
    .select("id")
    .where("id", "=", session)
    .executeTakeFirst();
  return row !== undefined;
}
