/**
 * Keeps what was read beside the stream as fresh as the stream: an event that moves a session asks the lists again, at once
 * and then at most every so often; in a tab that nobody sees, when it is seen again.
 */
import type { QueryClient } from "@tanstack/react-query";
import type { EventType } from "@tutti/core";
import type { Hub } from "../connection/hub.ts";
import { listKeys } from "./queries.ts";

/** At most this often while a session moves, and while an agent only works on, in milliseconds. */
const movedEveryMs = 300;
const workedEveryMs = 3_000;

/** Events that change a list's details alone. */
const work = new Set<EventType>([
  "item.added",
  "tool.requested",
  "tool.begun",
  "tool.finished",
  "usage.recorded",
  "turn.steered",
  "steer.settled",
]);

/** Begins after the position that the lists were read at. Returns what ends it. */
export function keepFresh(hub: Hub, queries: QueryClient, after: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let due = Number.POSITIVE_INFINITY;
  let last = 0;
  let isDirty = false;

  function refresh(): void {
    clearTimeout(timer);
    timer = undefined;
    due = Number.POSITIVE_INFINITY;
    if (document.visibilityState === "hidden") {
      isDirty = true;
      return;
    }
    isDirty = false;
    last = performance.now();
    for (const key of listKeys) void queries.invalidateQueries({ queryKey: [key] });
  }

  function wish(everyMs: number): void {
    const at = Math.max(performance.now(), last + everyMs);
    if (at >= due) return;
    due = at;
    clearTimeout(timer);
    timer = setTimeout(refresh, at - performance.now());
  }

  const onVisible = () => {
    if (isDirty && document.visibilityState === "visible") refresh();
  };
  document.addEventListener("visibilitychange", onVisible);
  const leave = hub.join(
    {
      message(message) {
        if (message.kind === "event") wish(work.has(message.event.event.type) ? workedEveryMs : movedEveryMs);
      },
      link(link) {
        if (link.state === "connected") wish(0);
      },
      gap: refresh,
    },
    after,
  );
  return () => {
    leave();
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", onVisible);
  };
}
