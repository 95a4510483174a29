import { type Actor, type Event, fold, type LoggedEvent, type SessionState, upcast } from "@tutti/core";
import type { Transaction } from "kysely";
import { type Schema, toJsonb } from "../database/schema.ts";

/** What a transaction appends: the events of one command on one session. */
export interface Appending {
  session: string;
  /** The state that the events are decided on; undefined for a session that begins. */
  state: SessionState | undefined;
  events: readonly Event[];
  by: Actor;
  at: Date;
}

/**
 * Appends events to a session's log and answers them as they are stored, with the state that they lead to. The caller
 * holds the session's row: `seq` goes on from its state without a gap.
 */
export async function append(
  tx: Transaction<Schema>,
  { session, state, events, by, at }: Appending,
): Promise<{ logged: LoggedEvent[]; state: SessionState | undefined }> {
  if (events.length === 0) return { logged: [], state };
  const head = state?.seq ?? 0;
  const actor = toJsonb(by);
  const texts = events.map((event) => toJsonb(event));
  const rows = await tx
    .insertInto("events")
    .values(
      events.map((event, index) => ({
        session,
        seq: head + 1 + index,
        at,
        type: event.type,
        data: texts[index] ?? "",
        actor,
      })),
    )
    .returning(["seq", "position"])
    .execute();
  const positions = new Map(rows.map((row) => [row.seq, row.position]));
  let after = state;
  const logged = texts.map((text, index): LoggedEvent => {
    const seq = head + 1 + index;
    // What is folded is what a reader of the log will fold, down to the characters that the database replaces.
    const event = upcast(JSON.parse(text));
    const entry = { session, seq, position: positions.get(seq) ?? 0, at: at.toISOString(), by, event };
    after = fold(after, entry);
    return entry;
  });
  return { logged, state: after };
}
