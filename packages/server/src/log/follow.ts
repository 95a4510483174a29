import type { EventType, LoggedEvent } from "@tutti/core";
import type { Database } from "../database/pool.ts";
import type { Hub, HubEvent } from "./hub.ts";
import { readSession, readSettled } from "./read.ts";

const pageSize = 500;

/**
 * A session's events after a seq, for ever: from the database, at the reader's pace, woken by what this node hears.
 * Ends when the signal aborts. Throws when the database cannot be read; go on from the last seq.
 */
export async function* followSession(
  { hub, database }: { hub: Hub; database: Database },
  session: string,
  afterSeq: number,
  signal?: AbortSignal,
): AsyncGenerator<LoggedEvent, void, void> {
  const bell = openBell(hub, (event) => event.logged.session === session, signal);
  try {
    let after = afterSeq;
    while (!signal?.aborted) {
      const rung = bell.next();
      const page = await readSession(database.kysely, session, after, pageSize);
      for (const logged of page) {
        if (signal?.aborted) return;
        yield logged;
        after = logged.seq;
      }
      if (page.length === 0) await rung;
    }
  } finally {
    bell.stop();
  }
}

/**
 * All sessions' events after a position, for ever, as `followSession`. Somebody who waits for certain types alone is woken by
 * them; the others come along when it is awake.
 */
export async function* followAll(
  { hub, database }: { hub: Hub; database: Database },
  afterPosition: number,
  signal?: AbortSignal,
  wokenBy?: readonly EventType[],
): AsyncGenerator<LoggedEvent, void, void> {
  const wakes = ({ logged }: HubEvent) => wokenBy?.includes(logged.event.type) ?? true;
  const bell = openBell(hub, wakes, signal);
  try {
    let after = afterPosition;
    while (!signal?.aborted) {
      const rung = bell.next();
      const settled = hub.position;
      const page = await readSettled(database.kysely, { after, settled }, pageSize);
      for (const { logged } of page) {
        if (signal?.aborted) return;
        yield logged;
        after = logged.position;
      }
      if (page.length === 0 && hub.position === settled) await rung;
    }
  } finally {
    bell.stop();
  }
}

/** Rings when the hub tells of an event that is listened for, and when the signal aborts. */
function openBell(hub: Hub, listens: (event: HubEvent) => boolean, signal: AbortSignal | undefined) {
  let ring = () => {};
  const abort = () => ring();
  signal?.addEventListener("abort", abort);
  const leave = hub.subscribe({
    event(event) {
      if (listens(event)) ring();
    },
  });
  return {
    /** Resolves at the first ring from now on. */
    next: () =>
      new Promise<void>((resolve) => {
        ring = resolve;
        if (signal?.aborted) resolve();
      }),
    stop() {
      leave();
      signal?.removeEventListener("abort", abort);
    },
  };
}
