/**
 * One stream of the log for everybody in this browser: it follows from the first reader's position on, and gives each reader
 * what comes after its own.
 *
 * A reader that wants to begin before what is kept is told that there is a gap: it takes a new snapshot and joins anew.
 * Used by the worker that the tabs share, and by a tab itself where there is none.
 */
import { type Client, type Message, ProblemError } from "@tutti/client";

/** Whether the stream is up. `since`: when it was lost, in milliseconds since 1970. */
export type Link =
  | { state: "connecting" }
  | { state: "connected" }
  | { state: "lost"; since: number }
  | { state: "signed-out" };

/** What a browser hears of the log: events, and text that is not whole yet. */
export type StreamMessage = Extract<Message, { kind: "event" | "delta" }>;

export interface Reader {
  message(message: StreamMessage): void;
  link(link: Link): void;
  /** Events before the first that could be given are missing. */
  gap(): void;
}

export interface Hub {
  /**
   * Gives a reader every event after a position. Without one it is told how the link is and nothing else: the stream begins
   * with the first reader that has a position. Returns what ends it.
   */
  join(reader: Reader, after?: number): () => void;
  /** Tries again now. */
  reconnect(): void;
}

/** Events kept for who joins a little later. */
const keptEvents = 2_000;
/** Characters of text kept of items that are not whole yet. */
const keptText = 1_000_000;

export function openHub({ client, now }: { client: Client; now(): number }): Hub {
  /** Each with the position after which it wants events; infinite for who wants none. */
  const readers = new Map<Reader, number>();
  let kept: Extract<Message, { kind: "event" }>[] = [];
  /** Every event after this position, up to the last, is in `kept`; undefined before the first reader. */
  let floor: number | undefined;
  let cursor: number | undefined;
  let link: Link = { state: "connecting" };
  /** The text so far of items that are not whole, so that who joins in the middle sees it. */
  const open = new Map<string, Extract<Message, { kind: "delta" }>>();
  let following: AbortController | undefined;

  function tellLink(next: Link): void {
    if (next.state === link.state) return;
    link = next;
    for (const reader of readers.keys()) reader.link(link);
  }

  function tell(message: StreamMessage): void {
    if (message.kind === "event") {
      const { position, event, session } = message.event;
      cursor = position;
      kept.push(message);
      if (kept.length > 2 * keptEvents) {
        const gone = kept.length - keptEvents;
        floor = kept[gone - 1]?.event.position ?? floor;
        kept = kept.slice(gone);
      }
      if (event.type === "item.added") open.delete(`${session} ${event.item.id}`);
      if (event.type === "turn.ended")
        for (const key of open.keys()) if (key.startsWith(`${session} `)) open.delete(key);
    } else {
      const key = `${message.delta.session} ${message.delta.item}`;
      const before = message.whole ? undefined : open.get(key);
      const text = (before?.delta.text ?? "") + message.delta.text;
      open.set(key, { ...message, whole: true, delta: { ...message.delta, text: text.slice(-keptText) } });
    }
    for (const [reader, after] of readers)
      if (message.kind === "delta" ? after < Number.POSITIVE_INFINITY : message.event.position > after)
        reader.message(message);
  }

  async function follow(): Promise<void> {
    const ending = new AbortController();
    following = ending;
    try {
      const stream = client.followAll({
        ...(cursor !== undefined && { after: cursor }),
        signal: ending.signal,
        onLink: (up) => tellLink(up ? { state: "connected" } : { state: "lost", since: now() }),
      });
      for await (const message of stream)
        if (message.kind === "event" || message.kind === "delta") tell(message);
    } catch (error) {
      const isSignedOut = error instanceof ProblemError && error.problem.status === 401;
      // Not a stream that broke, which is opened again by itself: something that was not understood.
      if (!isSignedOut) console.error(error);
      tellLink(isSignedOut ? { state: "signed-out" } : { state: "lost", since: now() });
    } finally {
      if (following === ending) following = undefined;
    }
  }

  return {
    join(reader, after) {
      readers.set(reader, after ?? Number.POSITIVE_INFINITY);
      reader.link(link);
      if (after !== undefined) {
        cursor ??= after;
        floor ??= after;
        if (!following) void follow();
        if (after < floor) reader.gap();
        else for (const message of kept) if (message.event.position > after) reader.message(message);
        for (const text of open.values()) reader.message(text);
      }
      return () => readers.delete(reader);
    },
    reconnect() {
      if (cursor === undefined) return;
      following?.abort();
      tellLink({ state: "connecting" });
      void follow();
    },
  };
}
