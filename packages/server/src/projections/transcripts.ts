import type { Event } from "@tutti/core";
import { sql } from "kysely";
import type { Projection } from "./projection.ts";
import { searchWords } from "./search-words.ts";

/** Characters of one text that can be found. */
const textLimit = 16 * 1024;

/** The words of what people and agents said, by which sessions are found. */
export const transcripts: Projection = async (tx, state, appended) => {
  const rows = appended.flatMap(({ session, seq, event }) => {
    const words = searchWords((textOf(event) ?? "").slice(0, textLimit));
    return words.length > 0
      ? [
          {
            ...{ session, seq, root: state.spec.parent ?? session },
            words: sql<string>`array_to_tsvector(${words}::text[])`,
          },
        ]
      : [];
  });
  if (rows.length > 0) await tx.insertInto("transcripts").values(rows).execute();
};

function textOf(event: Event): string | undefined {
  switch (event.type) {
    case "task.created":
      return event.task.text;
    case "turn.started":
      return event.text;
    case "item.added":
      return event.item.kind === "message" ? event.item.text : undefined;
    default:
      return undefined;
  }
}
