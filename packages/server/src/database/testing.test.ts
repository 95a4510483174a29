import { expect, it } from "vitest";
import { testDatabase } from "./testing.ts";

it("gives databases of one's own, and drops them although others are still connected", async () => {
  await using survivor = await testDatabase();
  const [one, two] = await Promise.all([testDatabase(), testDatabase()]);
  await one.kysely.insertInto("settings").values({ key: "mine", value: "1" }).execute();
  expect(await two.kysely.selectFrom("settings").selectAll().execute()).toEqual([]);
  await one.close();
  await two[Symbol.asyncDispose]();
  const names = [one, two].map(({ url }) => new URL(url).pathname.slice(1));
  const { rows } = await survivor.pool.query("select 1 from pg_database where datname = any($1)", [names]);
  expect(rows).toEqual([]);
});
