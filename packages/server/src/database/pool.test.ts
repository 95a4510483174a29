import { sql } from "kysely";
import { expect, it, vi } from "vitest";
import { openDatabase } from "./pool.ts";
import { toJsonb } from "./schema.ts";
import { testDatabase } from "./testing.ts";

/** How long something may take that is sure to come. */
const patient = { timeout: 60_000 };

it("reads and writes typed rows: counts are numbers, times are dates, jsonb is parsed", async () => {
  await using database = await testDatabase();
  const at = new Date("2030-01-02T03:04:05.678Z");
  const session = { id: "s1", host: null, parent: null, created_at: at, state: toJsonb({ n: [1] }) };
  await database.kysely.insertInto("sessions").values(session).execute();
  await database.kysely
    .insertInto("events")
    .values({ session: "s1", seq: 1, at, type: "session.created", data: toJsonb(["x"]), actor: "{}" })
    .execute();
  expect(await database.kysely.selectFrom("sessions").selectAll().execute()).toEqual([
    { id: "s1", host: null, parent: null, created_at: at, state: { n: [1] }, head: 0 },
  ]);
  expect(await database.kysely.selectFrom("events").selectAll().execute()).toEqual([
    { position: 1, session: "s1", seq: 1, at, type: "session.created", data: ["x"], actor: {} },
  ]);
  const { rows } = await database.pool.query("select count(*) from events");
  expect(rows).toEqual([{ count: 1 }]);
  await expect(database.pool.query("select 9007199254740993::bigint")).rejects.toThrow("no safe integer");
});

it("goes on after its connections were cut", async () => {
  await using database = await testDatabase();
  await using other = await testDatabase();
  await database.pool.query("select 1");
  const name = new URL(database.url).pathname.slice(1);
  await other.pool.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [name]);
  await vi.waitFor(
    async () => expect((await database.pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]),
    patient,
  );
});

it("ends a statement that never would", async () => {
  await using database = await testDatabase();
  const { rows } = await sql<{ limit: string }>`select current_setting('statement_timeout') as limit`.execute(
    database.kysely,
  );
  expect(rows).toEqual([{ limit: "30s" }]);
});

it("says which database cannot be used and why, but not its password", async () => {
  const refused = await openDatabase("postgresql://me:secret@127.0.0.1:1/tutti").catch(
    (error: Error) => error,
  );
  expect(refused).toBeInstanceOf(Error);
  expect(String(refused)).toMatch(/The database tutti at 127\.0\.0\.1:1 cannot be used: .*ECONNREFUSED/);
  expect(String(refused)).not.toContain("secret");
  await expect(openDatabase("mysql://me:secret@localhost/tutti")).rejects.toThrow(
    "A database URL looks like postgresql://user:password@host:5432/database; this one does not.",
  );
  await expect(openDatabase("nonsense")).rejects.toThrow("A database URL looks like");
});
