/**
 * A family's events as blocks, kept up as they come: what is new at the end is added to the last segment, and an earlier page
 * becomes a segment before the others, so that no event is read twice.
 */
import type { LoggedEvent, SessionState } from "@tutti/core";
import type { Block } from "./block.ts";
import { append, emptyIndex, emptySegment, join, type Segment } from "./build.ts";

export interface TimelineSource {
  root: SessionState;
  children: readonly SessionState[];
  /** In their order; grows at its end. */
  events: readonly LoggedEvent[];
  /** How many events were put before the first so far. */
  earlier: number;
}

export interface Timeline {
  /** The blocks as of now. The array is a new one when a block came; blocks themselves change in place. */
  update(source: TimelineSource): readonly Block[];
}

export function openTimeline(): Timeline {
  let sessions = new Map<string, SessionState>();
  let index = emptyIndex((id) => sessions.get(id));
  let segments: Segment[] = [];
  /** Events read, counted from the first of the first reading. */
  let read = 0;
  let earlier = 0;
  let first: number | undefined;
  let blocks: readonly Block[] = [];

  function startAnew(): void {
    index = emptyIndex((id) => sessions.get(id));
    segments = [];
    read = 0;
    earlier = 0;
    blocks = [];
  }

  return {
    update(source) {
      sessions = new Map([source.root, ...source.children].map((one) => [one.id, one]));
      const { events } = source;
      // A family that was read anew begins with another event, or holds fewer.
      const isSame =
        source.earlier >= earlier &&
        events.length - source.earlier >= read &&
        (read === 0 || events[source.earlier]?.position === first);
      if (!isSame) startAnew();
      let hasNew = false;
      const isFresh = segments.length === 0;

      let last = segments.at(-1);
      if (!last) {
        last = emptySegment();
        segments.push(last);
        first = events[source.earlier]?.position;
        earlier = source.earlier;
        hasNew = true;
      } else if (source.earlier > earlier) {
        putBefore(events.slice(0, source.earlier - earlier));
        earlier = source.earlier;
        hasNew = true;
      }
      const before = last.blocks.length;
      for (let at = earlier + read; at < events.length; at += 1) {
        const logged = events[at];
        if (logged) append(last, index, logged);
      }
      read = events.length - earlier;
      if (isFresh && earlier > 0) putBefore(events.slice(0, earlier));
      if (first === undefined) first = events[earlier]?.position;
      if (hasNew || last.blocks.length !== before) blocks = segments.flatMap((segment) => segment.blocks);
      return blocks;
    },
  };

  function putBefore(events: readonly LoggedEvent[]): void {
    const segment = emptySegment();
    for (const logged of events) append(segment, index, logged);
    const [next] = segments;
    if (next) join(segment, next, index);
    segments.unshift(segment);
  }
}
