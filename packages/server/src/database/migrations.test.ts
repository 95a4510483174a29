import { sql } from "kysely";
import { expect, it } from "vitest";
import { migrate, migrations } from "./migrations.ts";
import { testDatabase } from "./testing.ts";

/** A migration that shows when two of it run at once: it takes a moment and cannot be done twice. */
const slow = {
  name: "9998-slow",
  up: async (db: Parameters<(typeof migrations)[number]["up"]>[0]) => {
    await sql`create table slow (id int)`.execute(db);
    await sql`select pg_sleep(0.1)`.execute(db);
  },
};
const failing = {
  name: "9999-failing",
  up: async (db: Parameters<(typeof migrations)[number]["up"]>[0]) => {
    await sql`create table half (id int)`.execute(db);
    await sql`select 1 / 0`.execute(db);
  },
};

it("lists its entries in the order of their names, which is the order they run in", () => {
  const names = migrations.map((entry) => entry.name);
  expect(names).toEqual([...names].sort());
  for (const name of names) expect(name).toMatch(/^\d{4}-[a-z-]+$/);
});

it("is done once when many nodes begin at once, on an empty database and on one that is behind", async () => {
  await using database = await testDatabase();
  await database.pool.query("drop schema public cascade; create schema public");
  await Promise.all([1, 2, 3, 4].map(() => migrate(database.url)));
  await Promise.all([1, 2, 3, 4].map(() => migrate(database.url, [...migrations, slow])));
  const { rows } = await database.pool.query("select name from kysely_migration order by name");
  expect(rows).toEqual([...migrations, slow].map(({ name }) => ({ name })));
  expect(await database.kysely.selectFrom("events").selectAll().execute()).toEqual([]);
});

it("changes nothing when one fails, and says which", async () => {
  await using database = await testDatabase();
  await expect(migrate(database.url, [...migrations, slow, failing])).rejects.toThrow(
    "The database migration 9999-failing failed; nothing was changed.",
  );
  const { rows } = await database.pool.query(
    "select to_regclass('slow') as slow, to_regclass('half') as half",
  );
  expect(rows).toEqual([{ slow: null, half: null }]);
  await migrate(database.url, [...migrations, slow]);
});

it("refuses a database that a newer version wrote", async () => {
  await using database = await testDatabase();
  await migrate(database.url, [...migrations, slow]);
  await expect(migrate(database.url)).rejects.toThrow(
    /do not fit this version of Tutti.*a newer one wrote them/,
  );
});
