import { fold, type LoggedEvent, type SessionState } from "@tutti/core";
import { sql, type Transaction } from "kysely";
import type { Database } from "../database/pool.ts";
import { type Schema, toJsonb } from "../database/schema.ts";
import { readSession } from "../log/read.ts";
import type { Projection } from "./projection.ts";

/** A projection with the tables that it alone writes, those that refer to others first. */
export interface ReadModel {
  /** Names the stored version; never changed. */
  name: string;
  version: number;
  tables: readonly (keyof Schema)[];
  projection: Projection;
}

const pageSize = 1_000;

/** Rebuilds those whose stored version is another one; several nodes may do so at once. Nothing is appended meanwhile. */
export async function rebuildOutdated(database: Database, models: readonly ReadModel[]): Promise<void> {
  if ((await outdated(database.kysely, models)).length === 0) return;
  await database.kysely.transaction().execute(async (tx) => {
    // Every append holds a session's row: with this, none is under way and none begins.
    await sql`lock table sessions in exclusive mode`.execute(tx);
    // Another node may have been here in between.
    const behind = await outdated(tx, models);
    await rebuild(tx, behind);
    for (const { name, version } of behind) {
      const row = { value: toJsonb({ version }) };
      await tx
        .insertInto("settings")
        .values({ key: keyOf(name), ...row })
        .onConflict((conflict) => conflict.column("key").doUpdateSet(row))
        .execute();
    }
  });
}

/** Empties the models' tables and writes them anew from the whole log. The caller sees that nothing is appended meanwhile. */
async function rebuild(tx: Transaction<Schema>, models: readonly ReadModel[]): Promise<void> {
  for (const { tables } of models)
    for (const table of tables) await sql`delete from ${sql.table(table)}`.execute(tx);
  if (models.length === 0) return;
  // A session begins after the one that asked for it, so that what it takes over from there is written.
  const sessions = await tx
    .selectFrom("events")
    .select("session")
    .where("seq", "=", 1)
    .orderBy("position")
    .execute();
  for (const { session } of sessions) await replay(tx, session, models);
}

async function replay(tx: Transaction<Schema>, session: string, models: readonly ReadModel[]): Promise<void> {
  let state: SessionState | undefined;
  for (let page: LoggedEvent[] | undefined; page === undefined || page.length === pageSize; ) {
    page = await readSession(tx, session, state?.seq ?? 0, pageSize);
    for (const logged of page) {
      state = fold(state, logged);
      if (!state) throw new Error(`the log of session ${session} does not begin with its creation`);
      for (const { projection } of models) await projection(tx, state, [logged]);
    }
  }
}

const keyOf = (name: string): string => `read model ${name}`;

async function outdated(
  kysely: Database["kysely"],
  models: readonly ReadModel[],
): Promise<readonly ReadModel[]> {
  const rows = await kysely
    .selectFrom("settings")
    .select(["key", sql<number>`(value->>'version')::int`.as("version")])
    .where(
      "key",
      "in",
      models.map(({ name }) => keyOf(name)),
    )
    .execute();
  const stored = new Map(rows.map(({ key, version }) => [key, version]));
  return models.filter(({ name, version }) => (stored.get(keyOf(name)) ?? 0) !== version);
}
