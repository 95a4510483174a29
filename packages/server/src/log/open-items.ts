import type { Delta, LoggedEvent } from "@tutti/core";

/** Characters kept of one item: its end. */
const textLimit = 256 * 1024;
/** Open items that are kept, over all sessions; the oldest goes first. */
const itemLimit = 2_000;

/** The texts so far of items that are not in the log yet, for watchers who join in the middle. */
export interface OpenItems {
  /** `parent` is the session that asked for the delta's own. */
  add(delta: Delta, parent: string | null): void;
  /** Forgets what an event makes whole or ends. */
  settle(logged: LoggedEvent): void;
  /** The open items of the sessions that are wanted, each with its text so far. */
  texts(wanted: (session: string, parent: string | null) => boolean): Delta[];
}

export function openItems(): OpenItems {
  const items = new Map<string, { delta: Delta; parent: string | null }>();
  const keyOf = (session: string, item: string) => `${session}\n${item}`;
  return {
    add(delta, parent) {
      const key = keyOf(delta.session, delta.item);
      const text = (items.get(key)?.delta.text ?? "") + delta.text;
      items.set(key, { delta: { ...delta, text: text.slice(-textLimit) }, parent });
      const oldest = items.size > itemLimit ? items.keys().next().value : undefined;
      if (oldest !== undefined) items.delete(oldest);
    },
    settle({ session, event }) {
      if (event.type === "item.added") items.delete(keyOf(session, event.item.id));
      else if (event.type === "turn.ended" || event.type === "session.closed")
        for (const [key, item] of items) if (item.delta.session === session) items.delete(key);
    },
    texts: (wanted) =>
      [...items.values()]
        .filter(({ delta, parent }) => wanted(delta.session, parent))
        .map(({ delta }) => delta),
  };
}
