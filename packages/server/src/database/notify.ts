import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { clientConfig } from "./pool.ts";

/**
 * Hears of something on a channel: `payload` is what was notified, or `undefined` when listening has just begun (again)
 * and anything may have been missed. Either way it is a hint to read the database from one's own cursor. Must not throw.
 */
export type NotificationListener = (payload: string | undefined) => void;

/** PostgreSQL's notifications, over one connection of their own that comes back by itself. */
export interface Notifications {
  /**
   * Calls `listener` for each notification on `channel` (at most 63 bytes), and once each time listening begins, so a
   * follower that reads at each call misses nothing. Returns what ends it.
   */
  subscribe(channel: string, listener: NotificationListener): () => void;
  /** Ends listening and closes the connection. */
  close(): Promise<void>;
}

const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 5_000;
/** PostgreSQL cuts longer names, and notifies under the cut one. */
const LONGEST_CHANNEL = 63;
/** How long a connection may take to say goodbye; a network that is gone never does. */
const GOODBYE_MS = 2_000;

/**
 * Listens to notifications of the database at `url`. Returns at once: while the database is away nobody hears anything,
 * and a connection is tried again after 50 ms, then ever more slowly, at most every 5 s.
 */
export function openNotifications(url: string): Notifications {
  const channels = new Map<string, Set<NotificationListener>>();
  const closing = new AbortController();
  const closed = new Promise<void>((resolve) =>
    closing.signal.addEventListener("abort", () => resolve(), { once: true }),
  );
  const config = { ...clientConfig(url), application_name: "tutti notifications" };
  /** The connection that listens now. */
  let current: pg.Client | undefined;
  /** The commands on it, one after the other. */
  let commands: Promise<void> = Promise.resolve();

  const tell = (channel: string, payload: string | undefined) => {
    for (const listener of channels.get(channel) ?? []) listener(payload);
  };

  /** Brings the connection to the channel's state: listening while it has listeners. */
  const adjust = (client: pg.Client, channel: string): Promise<void> => {
    commands = commands.then(async () => {
      if (client !== current) return;
      const verb = channels.has(channel) ? "listen" : "unlisten";
      await client.query(`${verb} ${client.escapeIdentifier(channel)}`);
      if (verb === "listen") tell(channel, undefined);
    });
    // A command that fails takes its connection with it; the next one begins anew.
    commands = commands.catch(() => void client.end().catch(() => {}));
    return commands;
  };

  /** Listens over one connection until it ends or listening does; true when there was one. */
  const listen = async (): Promise<boolean> => {
    const client = new pg.Client(config);
    const ended = new Promise<void>((resolve) => client.once("end", resolve));
    client.on("error", () => {});
    client.on("notification", ({ channel, payload }) => tell(channel, payload ?? ""));
    const connected = client.connect().then(
      () => true,
      () => false,
    );
    try {
      if (!(await Promise.race([connected, closed.then(() => false)]))) return false;
      current = client;
      for (const channel of channels.keys()) await Promise.race([adjust(client, channel), closed]);
      await Promise.race([ended, closed]);
      return true;
    } finally {
      const said = client.end().catch(() => {});
      if (current === client) await Promise.race([said, delay(GOODBYE_MS, undefined, { ref: false })]);
      current = undefined;
    }
  };

  const stayConnected = async () => {
    let wait = FIRST_RETRY_MS;
    while (!closing.signal.aborted) {
      wait = (await listen()) ? FIRST_RETRY_MS : Math.min(wait * 2, LAST_RETRY_MS);
      await delay(wait, undefined, { signal: closing.signal }).catch(() => {});
    }
  };
  const finished = stayConnected();

  return {
    subscribe(channel, listener) {
      if (Buffer.byteLength(channel) > LONGEST_CHANNEL)
        throw new RangeError(`The channel ${channel} is longer than ${LONGEST_CHANNEL} bytes.`);
      const listeners = channels.get(channel) ?? new Set();
      channels.set(channel, listeners.add(listener));
      if (current !== undefined) void adjust(current, channel);
      return () => {
        if (!listeners.delete(listener) || listeners.size > 0 || channels.get(channel) !== listeners) return;
        channels.delete(channel);
        if (current !== undefined) void adjust(current, channel);
      };
    },
    async close() {
      closing.abort();
      channels.clear();
      await finished;
    },
  };
}
