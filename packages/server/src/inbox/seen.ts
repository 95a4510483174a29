import { routes } from "@tutti/core";
import { type Kysely, sql } from "kysely";
import type { Database } from "../database/pool.ts";
import { type Schema, toJsonb } from "../database/schema.ts";

const key = "inbox seen";

/** Up to when the person has seen what happened; null before the first time. */
export async function seenAt(kysely: Kysely<Schema>): Promise<string | null> {
  const row = await kysely.selectFrom("settings").select("value").where("key", "=", key).executeTakeFirst();
  return row ? routes.inboxSeen.body.parse(row.value).at : null;
}

/** Never goes back: what was seen on one device is seen. */
export async function markSeen({ kysely }: Database, at: Date): Promise<void> {
  const row = { value: toJsonb({ at: at.toISOString() }) };
  await kysely
    .insertInto("settings")
    .values({ key, ...row })
    .onConflict((conflict) =>
      conflict
        .column("key")
        .doUpdateSet(row)
        // Texts of one length in UTC are in the order of their times.
        .where(sql<boolean>`settings.value->>'at' < excluded.value->>'at'`),
    )
    .execute();
}
