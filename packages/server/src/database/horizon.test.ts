import type pg from "pg";
import { expect, it } from "vitest";
import { openHorizon } from "./horizon.ts";
import type { Database } from "./pool.ts";
import { testDatabase } from "./testing.ts";

async function addSessions(database: Database, ids: readonly string[]): Promise<void> {
  for (const id of ids)
    await database.pool.query("insert into sessions (id, created_at, state) values ($1, now(), '{}')", [id]);
}

async function begin(database: Database): Promise<pg.PoolClient> {
  const client = await database.pool.connect();
  await client.query("begin");
  return client;
}

async function append(client: pg.PoolClient, session: string, seq: number): Promise<number> {
  const { rows } = await client.query(
    "insert into events (session, seq, at, type, data, actor) values ($1, $2, now(), 'test', '{}', '{}') returning position",
    [session, seq],
  );
  return rows[0].position;
}

async function end(client: pg.PoolClient, how: "commit" | "rollback"): Promise<void> {
  await client.query(how);
  client.release();
}

it("is at the end of a log that nobody appends to", async () => {
  await using database = await testDatabase();
  const horizon = openHorizon(database.kysely);
  expect(await horizon.advance()).toEqual({ settled: 0, pending: false });
  await addSessions(database, ["a"]);
  const one = await begin(database);
  await append(one, "a", 1);
  await append(one, "a", 2);
  await end(one, "commit");
  expect(await horizon.advance()).toEqual({ settled: 2, pending: false });
  expect(await openHorizon(database.kysely).advance()).toEqual({ settled: 2, pending: false });
});

it("stops before a position that may still appear, also when its transaction is the younger one", async () => {
  await using database = await testDatabase();
  await addSessions(database, ["a", "b"]);
  const horizon = openHorizon(database.kysely);
  const older = await begin(database);
  await older.query("select pg_current_xact_id()");
  const younger = await begin(database);
  expect(await append(younger, "a", 1)).toBe(1);
  expect(await append(older, "b", 1)).toBe(2);
  await end(older, "commit");
  expect(await horizon.advance()).toEqual({ settled: 0, pending: true });
  expect(await openHorizon(database.kysely).advance()).toEqual({ settled: 0, pending: true });
  await end(younger, "commit");
  expect(await horizon.advance()).toEqual({ settled: 2, pending: false });
});

it("goes past positions that were rolled back, as soon as those who might have had them have ended", async () => {
  await using database = await testDatabase();
  await addSessions(database, ["a", "b", "c"]);
  const horizon = openHorizon(database.kysely);
  const gone = await begin(database);
  await append(gone, "a", 1);
  const kept = await begin(database);
  await append(kept, "b", 1);
  await end(kept, "commit");
  expect(await horizon.advance()).toEqual({ settled: 0, pending: true });
  await end(gone, "rollback");
  // One who began to append after the gap was seen cannot fill it, and holds nobody up.
  const later = await begin(database);
  await append(later, "c", 1);
  expect(await horizon.advance()).toEqual({ settled: 2, pending: false });
  await end(later, "commit");
  expect(await horizon.advance()).toEqual({ settled: 3, pending: false });
});

it("is not held up by transactions that append nothing", async () => {
  await using database = await testDatabase();
  await addSessions(database, ["a", "b"]);
  const idler = await begin(database);
  await idler.query("insert into settings (key, value) values ('x', '1')");
  await idler.query("select count(*) from events");
  const gone = await begin(database);
  await append(gone, "a", 1);
  await end(gone, "rollback");
  const kept = await begin(database);
  await append(kept, "b", 1);
  await end(kept, "commit");
  expect(await openHorizon(database.kysely).advance()).toEqual({ settled: 2, pending: false });
  await end(idler, "rollback");
});

it("lets a follower see each event once, in order, while many append and some roll back", async () => {
  await using database = await testDatabase();
  const writers = ["a", "b", "c", "d", "e", "f"];
  await addSessions(database, writers);
  const committed = new Set<number>();
  let writing = writers.length;
  const write = async (session: string, index: number) => {
    let seq = 0;
    for (let round = 0; round < 40; round++) {
      const client = await begin(database);
      await client.query("select 1 from sessions where id = $1 for update", [session]);
      const positions: number[] = [];
      for (let n = 0; n <= (round + index) % 3; n++) {
        positions.push(await append(client, session, seq + n + 1));
        await client.query("select pg_sleep($1)", [((round * 7 + index * 3 + n) % 5) / 1000]);
      }
      if ((round + index) % 4 === 0) await end(client, "rollback");
      else {
        await end(client, "commit");
        seq += positions.length;
        for (const position of positions) committed.add(position);
      }
    }
    writing -= 1;
  };
  const seen: { position: number; session: string; seq: number }[] = [];
  const follow = async () => {
    const horizon = openHorizon(database.kysely);
    for (let last = false; ; ) {
      const { settled, pending } = await horizon.advance();
      const rows = await database.kysely
        .selectFrom("events")
        .select(["position", "session", "seq"])
        .where("position", ">", seen.at(-1)?.position ?? 0)
        .where("position", "<=", settled)
        .orderBy("position")
        .execute();
      seen.push(...rows);
      if (last && !pending) return;
      last = writing === 0;
    }
  };
  await Promise.all([follow(), ...writers.map(write)]);
  expect(seen.map((event) => event.position)).toEqual([...committed].sort((a, b) => a - b));
  for (const session of writers) {
    const seqs = seen.filter((event) => event.session === session).map((event) => event.seq);
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  }
});
