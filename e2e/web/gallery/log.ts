/** The gallery's log: told events in their order, folded as they come. */
import {
  type Actor,
  type Command,
  type CommandEnvelope,
  type Decided,
  type Delta,
  decide,
  type Event,
  eventSchema,
  fold,
  type LoggedEvent,
  loggedEventSchema,
  type Sent,
  type SessionState,
} from "@tutti/core";
import { now, person } from "./names.ts";
import type { Told } from "./telling.ts";

export interface Watcher {
  event?(logged: LoggedEvent): void;
  delta?(delta: Delta): void;
}

export interface Log {
  readonly events: readonly LoggedEvent[];
  readonly position: number;
  /** In the order of their creation. */
  sessions(): SessionState[];
  state(id: string): SessionState | undefined;
  children(root: string): SessionState[];
  /** The root session that a session belongs to: itself when it has no parent. */
  rootOf(id: string): string;
  /** Events of a session and its children, in their common order. */
  family(root: string): LoggedEvent[];
  /** Adds an event; throws when the event is not one, or when its session is not there. */
  append(session: string, event: Told["event"], by?: Actor): LoggedEvent;
  /** Decides a command of a person by core's law. The same id again gets the first answer. */
  send(envelope: CommandEnvelope): Sent;
  /** Passes on text that is not stored. */
  stream(delta: Delta): void;
  /** Texts so far of items that are not whole. */
  unfinished(): Delta[];
  /** Calls a watcher with all that comes; gives the way out. */
  watch(watcher: Watcher): () => void;
}

/** Nothing is asked, and everything is what it is called. */
const permissive: Parameters<typeof decide>[2] = {
  evaluate: () => ({ decision: { effect: "allow" }, states: {}, votes: [] }),
  describe: (action) => ({
    ...{ identity: JSON.stringify(action), effect: [], weight: "routine" },
  }),
  standing: [],
  spending: null,
};

export function openLog(stories: readonly (readonly Told[])[]): Log {
  const events: LoggedEvent[] = [];
  const states = new Map<string, SessionState>();
  const answers = new Map<string, Sent>();
  const open = new Map<string, Delta>();
  const watchers = new Set<Watcher>();

  const rootOf = (id: string): string => states.get(id)?.spec.parent ?? id;

  const add = ({ session, at, by, event }: Told): LoggedEvent => {
    const before = states.get(session);
    const parsed = loggedEventSchema.safeParse({
      ...{ session, seq: (before?.seq ?? 0) + 1, position: events.length + 1, at, by, event },
    });
    if (!parsed.success)
      throw new Error(`${session} at ${at}: no event of the log: ${parsed.error.message}`, {
        cause: parsed.error,
      });
    const logged = parsed.data;
    const after = fold(before, logged);
    if (!after) throw new Error(`${session} at ${at}: ${logged.event.type} before the session's creation`);
    events.push(logged);
    states.set(session, after);
    if (logged.event.type === "item.added") open.delete(`${session} ${logged.event.item.id}`);
    if (logged.event.type === "turn.ended")
      for (const [key, delta] of open) if (delta.session === session) open.delete(key);
    for (const watcher of watchers) watcher.event?.(logged);
    return logged;
  };

  const inOrder = stories.flat().sort((a, b) => a.at.localeCompare(b.at));
  for (const entry of inOrder) add(entry);

  const log: Log = {
    events,
    get position() {
      return events.length;
    },
    sessions: () => [...states.values()],
    state: (id) => states.get(id),
    children: (root) => [...states.values()].filter(({ spec }) => spec.parent === root),
    rootOf,
    family: (root) =>
      events.filter(({ session }) => session === root || states.get(session)?.spec.parent === root),
    append: (session, event, by = person) => add({ session, at: now, by, event }),
    send({ id, session, command }) {
      const first = answers.get(id);
      if (first) return first;
      const sent = decided(session, command, id);
      if (sent.ok) answers.set(id, sent);
      return sent;
    },
    stream(delta) {
      const key = `${delta.session} ${delta.item}`;
      open.set(key, { ...delta, text: (open.get(key)?.text ?? "") + delta.text });
      for (const watcher of watchers) watcher.delta?.(delta);
    },
    unfinished: () => [...open.values()],
    watch(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };

  function decided(session: string, command: Command, id: string): Sent {
    const answer: Decided = decide(states.get(session), command, permissive);
    if (!answer.ok) return answer;
    for (const event of answer.events) add({ session, at: now, by: person, event: written(event) });
    return { ok: true, receipt: { command: id, session, seq: states.get(session)?.seq ?? 1 } };
  }

  return log;
}

const written = (event: Event): Told["event"] => eventSchema.parse(event);
