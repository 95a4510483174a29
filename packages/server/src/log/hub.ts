import { randomUUID } from "node:crypto";
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import type { Delta } from "@tutti/core";
import { type Horizon, openHorizon } from "../database/horizon.ts";
import type { Notifications } from "../database/notify.ts";
import type { Database } from "../database/pool.ts";
import { deltaFrame, EventFrame } from "./frame.ts";
import { type OpenItems, openItems } from "./open-items.ts";
import { type PlacedEvent, readSettled } from "./read.ts";

const channel = "tutti_log";
/** Without a hint, how often the log is looked at. */
const pollMs = 1_000;
/** How soon to look again when an append of another transaction is in flight. */
const pendingMs = 10;
/** How often it is looked for the end of the log at the start. */
const patienceTries = 100;
const pageSize = 500;
/** Events kept in memory for those who come back to where they just were. */
const recentLimit = 512;

/** An event on its way to this node's watchers, with its frames, which all of them share. */
export interface HubEvent extends PlacedEvent {
  frame: EventFrame;
}

export interface HubSubscriber {
  /** Must return at once and not throw. */
  event(event: HubEvent): void;
  delta?(delta: Delta, parent: string | null, frame: Buffer): void;
}

/**
 * This node's one reader of the log: it follows the settled end by position and tells everybody in the process.
 *
 * Who calls: whoever follows (`follow.ts`). What must hold: subscribers return at once. Who cleans up: `stop`.
 */
export interface Hub {
  /** Subscribers have been told every event up to this position. */
  readonly position: number;
  readonly open: OpenItems;
  /** Something was appended by this process: tells this node and, soon, the others. */
  announce(): void;
  /** Passes on text that is not stored. */
  delta(delta: Delta, parent: string | null): void;
  /** The events after a position up to the present one; undefined when memory doesn't reach back that far. */
  since(position: number): HubEvent[] | undefined;
  /** From the next event on. Returns what ends it. */
  subscribe(subscriber: HubSubscriber): () => void;
  stop(): Promise<void>;
}

export interface HubParts {
  database: Database;
  notifications: Notifications;
  /** The log could not be read; it is tried again. */
  onFault(error: unknown): void;
}

/** Starts at the settled end of the log. */
export async function openHub({ database, notifications, onFault }: HubParts): Promise<Hub> {
  const node = randomUUID();
  const horizon = openHorizon(database.kysely);
  const subscribers = new Set<HubSubscriber>();
  const open = openItems();
  let recent: HubEvent[] = [];
  let position = await settledEnd(horizon);
  /** Every event after this position, up to the present one, is in `recent`. */
  let floor = position;

  let stopped = false;
  let hinted = false;
  let wake = () => {};
  const hint = () => {
    hinted = true;
    wake();
  };
  const unsubscribe = notifications.subscribe(channel, (payload) => {
    if (payload !== node) hint();
  });

  const tell = (placed: PlacedEvent) => {
    const event = { ...placed, frame: new EventFrame(placed.logged) };
    position = placed.logged.position;
    recent.push(event);
    if (recent.length > 2 * recentLimit) {
      const gone = recent.length - recentLimit;
      floor = recent[gone - 1]?.logged.position ?? floor;
      recent = recent.slice(gone);
    }
    open.settle(placed.logged);
    for (const subscriber of subscribers) subscriber.event(event);
  };

  /** Reads on to the settled end; answers how long to wait for a hint before looking again. */
  const read = async (): Promise<number> => {
    const { settled, pending } = await horizon.advance();
    while (position < settled) {
      const page = await readSettled(database.kysely, { after: position, settled }, pageSize);
      for (const placed of page) {
        tell(placed);
        // What was written goes out between two turns of the event loop, and counts as backlog until then.
        if (subscribers.size > 0) await nextTurn();
      }
      if (page.length < pageSize) position = settled;
    }
    return pending ? pendingMs : pollMs;
  };

  const rest = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (hinted || stopped) wake();
    });

  const reading = (async () => {
    while (!stopped) {
      hinted = false;
      const wait = await read().catch((error: unknown) => {
        if (!stopped) onFault(error);
        return pollMs;
      });
      await rest(wait);
    }
  })();

  let notifying = false;
  let toNotify = false;
  /** Tells the other nodes. Hints that come while one is on its way are one hint. */
  const notifyOthers = async () => {
    toNotify = true;
    if (notifying) return;
    notifying = true;
    while (toNotify) {
      toNotify = false;
      // A hint that is lost costs the other nodes the time until they look by themselves.
      await database.pool.query("select pg_notify($1, $2)", [channel, node]).catch(() => {});
    }
    notifying = false;
  };

  return {
    get position() {
      return position;
    },
    open,
    announce() {
      hint();
      void notifyOthers();
    },
    delta(delta, parent) {
      open.add(delta, parent);
      const frame = deltaFrame("delta", delta);
      for (const subscriber of subscribers) subscriber.delta?.(delta, parent, frame);
    },
    since(after) {
      return after < floor ? undefined : recent.filter(({ logged }) => logged.position > after);
    },
    subscribe(subscriber) {
      subscribers.add(subscriber);
      return () => void subscribers.delete(subscriber);
    },
    async stop() {
      stopped = true;
      unsubscribe();
      wake();
      await reading;
    },
  };
}

/** Where to begin: the end of the log, unless an append that is in flight takes very long. */
async function settledEnd(horizon: Horizon): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const { settled, pending } = await horizon.advance();
    if (!pending || tries === patienceTries) return settled;
    await delay(pendingMs);
  }
}
