/**
 * A root session with its children, live: core's fold over one stream, by position. Beside the states, the events that a
 * timeline shows, from the end backwards as far as they were asked for, and the text of items that are not whole yet.
 *
 * Who watches is told once a frame, however much came.
 */
import type { Client } from "@tutti/client";
import { type Delta, fold, type LoggedEvent, type SessionState } from "@tutti/core";
import type { Hub, StreamMessage } from "./hub.ts";

export interface FamilyView {
  root: SessionState;
  /** In the order in which they began. */
  children: readonly SessionState[];
  /** In their order, without gaps up to the present. The array grows in place; `revision` tells. */
  events: readonly LoggedEvent[];
  /** How many events of an earlier page were put before the first since the family was opened. */
  earlier: number;
  /** There are events before the first. */
  hasEarlier: boolean;
  /** By session and item: text that is not whole yet. */
  texts: ReadonlyMap<string, Delta>;
  revision: number;
}

export type FamilyState =
  | { status: "loading" }
  | { status: "failed"; error: unknown }
  | { status: "live"; view: FamilyView };

export interface Family {
  get(): FamilyState;
  subscribe(listener: () => void): () => void;
  /** Fetches the page before the first event; resolves when it is there. */
  loadEarlier(): Promise<void>;
  /** Begins anew after a failure. */
  reload(): void;
  close(): void;
}

const firstPage = 400;
const laterPage = 250;

export function openFamily(
  { client, hub }: { client: Client; hub: Hub },
  id: string,
  schedule: (work: () => void) => void = (work) => requestAnimationFrame(work),
): Family {
  let state: FamilyState = { status: "loading" };
  const listeners = new Set<() => void>();
  let leave = () => {};
  let closed = false;
  let scheduled = false;
  let generation = 0;
  let loadingEarlier: Promise<void> | undefined;

  let sessions = new Map<string, SessionState>();
  let events: LoggedEvent[] = [];
  let texts = new Map<string, Delta>();
  let earlier = 0;
  let hasEarlier = false;
  let revision = 0;

  function publish(next: FamilyState): void {
    state = next;
    for (const listener of listeners) listener();
  }

  function changed(): void {
    revision += 1;
    if (scheduled) return;
    scheduled = true;
    schedule(() => {
      scheduled = false;
      if (closed) return;
      const root = sessions.get(id);
      if (!root) return;
      const children = [...sessions.values()].filter((one) => one.id !== id);
      publish({ status: "live", view: { root, children, events, earlier, hasEarlier, texts, revision } });
    });
  }

  function take(message: StreamMessage): void {
    if (message.kind === "event") {
      const logged = message.event;
      const { event } = logged;
      const known = sessions.get(logged.session);
      const isNewChild = event.type === "session.created" && event.spec.parent === id;
      if (!known && !isNewChild) return;
      if (known && logged.seq <= known.seq) return;
      const next = fold(known, logged);
      if (next) sessions.set(logged.session, next);
      events.push(logged);
      if (event.type === "item.added") texts = without(texts, `${logged.session} ${event.item.id}`);
      if (event.type === "turn.ended" && texts.size > 0)
        texts = new Map([...texts].filter(([key]) => !key.startsWith(`${logged.session} `)));
      changed();
    } else {
      const { delta, whole } = message;
      if (!sessions.has(delta.session)) return;
      const key = `${delta.session} ${delta.item}`;
      const before = whole ? "" : (texts.get(key)?.text ?? "");
      texts = new Map(texts).set(key, { ...delta, text: before + delta.text });
      changed();
    }
  }

  async function load(): Promise<void> {
    generation += 1;
    const mine = generation;
    leave();
    try {
      const family = await client.family(id);
      // Asked after the states, the page reaches them.
      const page = await client.timeline(id, { limit: firstPage });
      if (closed || mine !== generation) return;
      sessions = new Map([family.root, ...family.children].map((one) => [one.id, one]));
      texts = new Map();
      // What is later than the states comes by the stream, once.
      events = page.events.filter(({ session, seq }) => seq <= (sessions.get(session)?.seq ?? 0));
      earlier = 0;
      hasEarlier = page.more;
      leave = hub.join({ message: take, link: () => {}, gap: () => void load() }, family.position);
      changed();
    } catch (error) {
      if (!closed && mine === generation) publish({ status: "failed", error });
    }
  }

  async function fetchBefore(position: number): Promise<void> {
    const mine = generation;
    const page = await client.timeline(id, { before: position, limit: laterPage });
    if (closed || mine !== generation) return;
    events = [...page.events, ...events];
    earlier += page.events.length;
    hasEarlier = page.more;
    changed();
  }

  void load();
  return {
    get: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    loadEarlier() {
      const [first] = events;
      if (!first || !hasEarlier) return Promise.resolve();
      loadingEarlier ??= fetchBefore(first.position).finally(() => {
        loadingEarlier = undefined;
      });
      return loadingEarlier;
    },
    reload() {
      publish({ status: "loading" });
      void load();
    },
    close() {
      closed = true;
      leave();
    },
  };
}

function without(texts: Map<string, Delta>, key: string): Map<string, Delta> {
  if (!texts.has(key)) return texts;
  const rest = new Map(texts);
  rest.delete(key);
  return rest;
}
