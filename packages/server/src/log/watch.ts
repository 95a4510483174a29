import type { Database } from "../database/pool.ts";
import { cursorFrame, deltaFrame, EventFrame, heartbeatFrame } from "./frame.ts";
import type { Hub, HubEvent } from "./hub.ts";
import { type PlacedEvent, readSettled, type Selection, selects } from "./read.ts";

const pageSize = 500;

/** Where a watcher's frames go. */
export interface WatcherSink {
  /** Takes a frame at once. Whoever takes too slowly ends the watch through its signal and resumes from its cursor. */
  send(frame: Buffer): void;
  /** Whether what was sent is on its way, so that more may follow at once. */
  readonly hasRoom: boolean;
  /** Resolves when there is room for more; also when the watch has ended. */
  room(): Promise<void>;
}

export interface Watch {
  selection: Selection;
  /** The position after which events are wanted. */
  after: number;
  /** For one session: the seq after which events are wanted; frames then carry seqs. */
  afterSeq?: number;
  /** Whether text that is not stored is wanted too. */
  deltas: boolean;
}

/** A live watch's part in the heartbeat. */
export interface Beating {
  /** Says that the stream is alive. */
  beat(): void;
}

/**
 * Brings a watcher from its cursor to the present at its own pace, then lets it live with everybody else on shared
 * frames. Resolves when it is live, or has ended. Rejects when the log cannot be read.
 */
export async function watch(
  parts: { hub: Hub; database: Database },
  request: Watch,
  sink: WatcherSink,
  signal: AbortSignal,
): Promise<Beating> {
  const { hub, database } = parts;
  const { selection, afterSeq, deltas } = request;
  const bySeq = afterSeq !== undefined;
  let cursor = request.after;

  const deliver = ({ logged, host, parent }: PlacedEvent, frame: EventFrame) => {
    if (logged.position <= cursor) return;
    cursor = logged.position;
    if (!selects(selection, { session: logged.session, host, parent })) return;
    if (bySeq && logged.seq <= afterSeq) return;
    sink.send(bySeq ? frame.bySeq : frame.byPosition);
  };

  const beat = () => sink.send(bySeq ? heartbeatFrame : cursorFrame(Math.max(cursor, hub.position)));

  const goLive = () => {
    // From here on the watcher has a cursor to come back with, even if nothing ever happens.
    beat();
    if (deltas) {
      const wanted = (session: string, parent: string | null) =>
        selects(selection, { session, host: null, parent });
      for (const text of hub.open.texts(wanted)) sink.send(deltaFrame("text", text));
    }
    const leave = hub.subscribe({
      event: (event) => deliver(event, event.frame),
      ...(deltas && {
        delta: (delta, parent, frame) => {
          if (selects(selection, { session: delta.session, host: null, parent })) sink.send(frame);
        },
      }),
    });
    signal.addEventListener("abort", leave, { once: true });
  };

  const inRoom = (event: HubEvent): boolean => {
    if (sink.hasRoom) deliver(event, event.frame);
    return cursor >= event.logged.position;
  };

  while (!signal.aborted) {
    const recent = hub.since(cursor);
    if (recent !== undefined) {
      // Nothing is awaited between the last of these and going live, so nothing comes between.
      if (recent.every(inRoom)) {
        goLive();
        break;
      }
      await sink.room();
      continue;
    }
    const settled = hub.position;
    const page = await readSettled(database.kysely, { after: cursor, settled }, pageSize, selection);
    for (const placed of page) {
      await sink.room();
      if (signal.aborted) break;
      deliver(placed, new EventFrame(placed.logged));
    }
    if (page.length < pageSize) cursor = Math.max(cursor, settled);
  }
  return { beat };
}
