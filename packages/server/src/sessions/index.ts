/** The front door of sessions: sending commands, reading states and logs, following. */
import type { LoggedEvent, SessionState, SessionSummary } from "@tutti/core";
import type { Database } from "../database/pool.ts";
import { followSession } from "../log/follow.ts";
import type { Hub } from "../log/hub.ts";
import { readFamilyBackwards, readSession } from "../log/read.ts";
import { createDispatch, type Dispatch, type DispatchBatch, type DispatchParts } from "./dispatch.ts";
import { type ListOptions, listSessions } from "./list.ts";
import { readFamily, readState, sessionExists } from "./read-state.ts";

export { withChildren } from "./with-children.ts";

export interface Sessions {
  /** The only writer. A refusal is a value; a fault of the database is thrown: send the same command again. */
  readonly dispatch: Dispatch;
  readonly dispatchBatch: DispatchBatch;
  /** A session's state as committed; undefined when there is no such session. */
  readState(id: string): Promise<SessionState | undefined>;
  /**
   * A session's events after a seq, for ever: first those that are there, then those that come. Ends when the signal
   * aborts. Throws when the database cannot be read: go on from the last seq.
   */
  followSession(id: string, afterSeq: number, signal?: AbortSignal): AsyncIterable<LoggedEvent>;
  exists(id: string): Promise<boolean>;
  /** A page of a session's log. */
  events(id: string, afterSeq: number, limit: number): Promise<LoggedEvent[]>;
  /** A session and its children; `position`: the states hold every event up to it. Undefined when there is none. */
  family(id: string): Promise<{ root: SessionState; children: SessionState[]; position: number } | undefined>;
  /** The last events of a session and its children before a position, in order. */
  timeline(id: string, before: number | undefined, limit: number): Promise<LoggedEvent[]>;
  list(options: ListOptions): Promise<SessionSummary[]>;
}

export function openSessions(
  parts: Omit<DispatchParts, "announce"> & { database: Database; hub: Hub },
): Sessions {
  const { database, hub } = parts;
  const dispatchBatch = createDispatch({ ...parts, announce: () => hub.announce() });
  return {
    dispatchBatch,
    async dispatch(envelope, actor, scope) {
      const [sent] = await dispatchBatch([envelope], actor, scope);
      if (!sent) throw new Error("a command has an answer");
      return sent;
    },
    readState: (id) => readState(database, id),
    followSession: (id, afterSeq, signal) => followSession(parts, id, afterSeq, signal),
    exists: (id) => sessionExists(database, id),
    events: (id, afterSeq, limit) => readSession(database.kysely, id, afterSeq, limit),
    async family(id) {
      const { position } = hub;
      const family = await readFamily(database, id);
      return family && { ...family, position };
    },
    timeline(id, before, limit) {
      const settled = hub.position + 1;
      return readFamilyBackwards(database.kysely, id, Math.min(before ?? settled, settled), limit);
    },
    list: (options) => listSessions(database, options),
  };
}
