import { sql } from "kysely";
import { expect, it } from "vitest";
import { toJsonb } from "./schema.ts";
import { testDatabase } from "./testing.ts";

it("makes text that jsonb takes of whatever a program may say", async () => {
  await using database = await testDatabase();
  const said = {
    nul: "a\0b",
    "nul\0key": 1,
    half: "x\ud83dy",
    otherHalf: "\ude00",
    whole: "😀",
    backslash: "\\u0000 \\\\u0000 \\ud83d",
    quote: '"\n\t\u0001',
    list: ["\0"],
  };
  const { rows } = await sql<{ value: unknown }>`select ${toJsonb(said)}::jsonb as value`.execute(
    database.kysely,
  );
  expect(rows[0]?.value).toEqual({
    ...{ nul: "a\ufffdb", "nul\ufffdkey": 1, half: "x\ufffdy", otherHalf: "\ufffd", whole: "😀" },
    ...{ backslash: said.backslash, quote: said.quote, list: ["\ufffd"] },
  });
});
