import { setTimeout as delay } from "node:timers/promises";
import type { EventType, LoggedEvent } from "@tutti/core";
import { sql } from "kysely";
import type { Database } from "../database/pool.ts";
import { toJsonb } from "../database/schema.ts";
import { followAll } from "../log/follow.ts";
import type { Hub } from "../log/hub.ts";

/** A consequence of events: something that happens after they are committed, at least once for each. */
export interface Reactor {
  /** Names the stored cursor; never changed. */
  name: string;
  /** The types of event that have a consequence; all when left out. Others are seen too, as they come along. */
  reactsTo?: readonly EventType[];
  /** Resolves when the consequence is durable. Must stand being called again for the same event. */
  react(logged: LoggedEvent): Promise<void>;
}

export interface ReactorParts {
  database: Database;
  hub: Hub;
  /** A consequence failed; it is tried again. */
  onFault(reactor: string, error: unknown): void;
}

/** A log that is busy is not slowed down by its followers' cursors. */
const storeAfterMs = 1_000;
const firstRetryMs = 100;
const lastRetryMs = 30_000;
/** Events whose consequence failed and that are tried again while others go on. With more, the reactor waits. */
const troubledLimit = 100;

/**
 * Lets a reactor follow the log from its stored cursor until the signal aborts. An event that fails is tried again, ever
 * more slowly, and keeps the cursor from passing it; others go on meanwhile. Resolves when nothing is under way.
 */
export async function runReactor(parts: ReactorParts, reactor: Reactor, signal: AbortSignal): Promise<void> {
  const { database, onFault } = parts;
  const troubled = new Map<number, Promise<void>>();
  let seen = await retried(() => readCursor(database, reactor.name));
  let stored = seen;

  /** Nothing at or before the cursor is open. What is not stored yet when a process dies is reacted to again. */
  const store = async () => {
    const first = troubled.keys().next().value;
    const cursor = first === undefined ? seen : Math.min(seen, first - 1);
    if (cursor === stored) return;
    await writeCursor(database, reactor.name, cursor).then(
      () => {
        stored = cursor;
      },
      (error: unknown) => onFault(reactor.name, error),
    );
  };

  let storing: Promise<void> | undefined;
  const storeSoon = () => {
    storing ??= delay(storeAfterMs, undefined, { signal })
      .catch(() => {})
      .then(store)
      .finally(() => {
        storing = undefined;
      });
  };

  async function retried<T>(work: () => Promise<T>): Promise<T> {
    for (let wait = firstRetryMs; ; wait = Math.min(wait * 2, lastRetryMs)) {
      try {
        return await work();
      } catch (error) {
        if (signal.aborted) throw error;
        onFault(reactor.name, error);
        await delay(wait, undefined, { signal });
      }
    }
  }

  while (!signal.aborted) {
    try {
      for await (const logged of followAll(parts, seen, signal, reactor.reactsTo)) {
        const done = await reactor.react(logged).then(
          () => true,
          (error: unknown) => {
            onFault(reactor.name, error);
            return false;
          },
        );
        if (!done) {
          const again = delay(firstRetryMs, undefined, { signal })
            .then(() => retried(() => reactor.react(logged)))
            .then(() => void troubled.delete(logged.position))
            .then(storeSoon, () => {});
          troubled.set(logged.position, again);
        }
        seen = logged.position;
        storeSoon();
        if (troubled.size >= troubledLimit) await Promise.race(troubled.values());
      }
    } catch (error) {
      if (!signal.aborted) onFault(reactor.name, error);
      await delay(firstRetryMs, undefined, { signal }).catch(() => {});
    }
  }
  await Promise.all(troubled.values());
  await storing;
  await store();
}

const keyOf = (reactor: string): string => `reactor ${reactor}`;

async function readCursor({ kysely }: Database, reactor: string): Promise<number> {
  const row = await kysely
    .selectFrom("settings")
    .select(sql<number>`(value->>'position')::bigint`.as("position"))
    .where("key", "=", keyOf(reactor))
    .executeTakeFirst();
  return row?.position ?? 0;
}

async function writeCursor({ kysely }: Database, reactor: string, position: number): Promise<void> {
  const row = { value: toJsonb({ position }) };
  await kysely
    .insertInto("settings")
    .values({ key: keyOf(reactor), ...row })
    .onConflict((conflict) => conflict.column("key").doUpdateSet(row))
    .execute();
}
