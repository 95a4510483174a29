import type { EventOf, LoggedEvent, SessionState } from "@tutti/core";
import { sql, type Transaction } from "kysely";
import type { Schema } from "../database/schema.ts";
import type { Projection } from "./projection.ts";

/** The day of a time, in UTC: the same wherever a server stands, and whenever the log is read again. */
export const dayOf = (at: string): string => at.slice(0, 10);

/** What sessions used: an entry for each record of usage, and each session's sums. */
export const spending: Projection = async (tx, state, appended) => {
  for (const logged of appended) {
    const { event } = logged;
    switch (event.type) {
      case "session.created":
        await begin(tx, event.spec, logged);
        break;
      case "work.finished":
        if (event.result.type === "repository.inspected")
          await update(tx, state.id).set({ project: event.result.root }).execute();
        break;
      case "turn.started":
      case "turn.ended":
        await update(tx, state.id)
          .set({ open: event.type === "turn.started" })
          .execute();
        break;
      case "usage.recorded":
        await count(tx, event, logged);
        break;
    }
  }
};

const update = (tx: Transaction<Schema>, session: string) =>
  tx.updateTable("spending").where("session", "=", session);

/** A session belongs to its parent's tree, project and person. */
async function begin(
  tx: Transaction<Schema>,
  { parent, task, role, harness }: SessionState["spec"],
  { session, by }: LoggedEvent,
): Promise<void> {
  const above =
    parent === undefined
      ? undefined
      : await tx
          .selectFrom("spending")
          .select(["root", "project", "person"])
          .where("session", "=", parent)
          .executeTakeFirst();
  const own = { root: parent ?? session, project: null, person: by.kind === "person" ? by.name : null };
  await tx
    .insertInto("spending")
    .values({
      session,
      ...(above ?? own),
      task: task ?? null,
      role: role ?? null,
      harness: harness?.harness ?? null,
    })
    .execute();
}

async function count(
  tx: Transaction<Schema>,
  { turn, usage }: EventOf<"usage.recorded">,
  { session, seq, at }: LoggedEvent,
): Promise<void> {
  const { model, vendor, input, cacheRead, cacheWrite, output, costUsd, costSource } = usage;
  const day = dayOf(at);
  await tx
    .insertInto("usage_entries")
    .values({
      ...{ session, seq, at: new Date(at), day, vendor, model, input, output },
      ...{ cache_read: cacheRead, cache_write: cacheWrite, cost_usd: costUsd, cost_source: costSource },
    })
    .execute();

  const subscribed = costSource === "subscription";
  const amount = costUsd ?? 0;
  const added = {
    usd: subscribed ? 0 : amount,
    unknown_calls: !subscribed && costUsd === null ? 1 : 0,
    subscription_usd: subscribed ? amount : 0,
    subscription_unknown_calls: subscribed && costUsd === null ? 1 : 0,
  };
  /** A sum that begins anew with another day or turn. */
  const since = (same: "day" | "call_turn", as: string) => (column: string, combine: string, value: number) =>
    sql<number>`case when ${sql.ref(same)} = ${as} then ${sql.raw(combine)}(${sql.ref(column)}, ${value}::float8) else ${value}::float8 end`;
  const today = since("day", day);
  const thisTurn = since("call_turn", turn);
  const plus = (column: keyof typeof added) => sql<number>`${sql.ref(column)} + ${added[column]}`;
  const todays = (column: keyof typeof added) => today(`day_${column}`, "float8pl", added[column]);
  await update(tx, session)
    .set({
      usd: plus("usd"),
      unknown_calls: plus("unknown_calls"),
      subscription_usd: plus("subscription_usd"),
      subscription_unknown_calls: plus("subscription_unknown_calls"),
      day,
      day_usd: todays("usd"),
      day_unknown_calls: todays("unknown_calls"),
      day_subscription_usd: todays("subscription_usd"),
      day_subscription_unknown_calls: todays("subscription_unknown_calls"),
      call_turn: turn,
      call_usd: thisTurn("call_usd", "greatest", added.usd),
      call_subscription_usd: thisTurn("call_subscription_usd", "greatest", added.subscription_usd),
    })
    .execute();
}
