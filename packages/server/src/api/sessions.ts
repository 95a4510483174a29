import type { Actor, Lease, Scope } from "@tutti/core";
import type { Database } from "../database/pool.ts";
import type { Hub } from "../log/hub.ts";
import { positionOf } from "../log/read.ts";
import { watch } from "../log/watch.ts";
import type { Sessions } from "../sessions/index.ts";
import { cursorOf } from "./cursor.ts";
import type { Endpoints } from "./endpoint.ts";
import { refusalProblem } from "./problem.ts";
import type { Streams } from "./streams.ts";

export function sessionEndpoints(parts: {
  sessions: Sessions;
  database: Database;
  hub: Hub;
  streams: Streams;
}): Pick<
  Endpoints,
  "command" | "commandBatch" | "sessions" | "session" | "family" | "timeline" | "sessionEvents"
> {
  const { sessions, database, streams } = parts;
  const unknown = (id: string) =>
    refusalProblem({ kind: "unknown-session", message: `there is no session ${id}`, field: "id" });
  return {
    async command({ body, caller: { actor, scope } }) {
      const sent = await sessions.dispatch(body, named(actor, scope, body.lease), scope);
      return sent.ok ? sent.receipt : refusalProblem(sent.refusal);
    },

    async commandBatch({ body: { commands }, caller: { actor, scope } }) {
      const by = named(actor, scope, commands[0]?.lease);
      return { sent: await sessions.dispatchBatch(commands, by, scope) };
    },

    async sessions({ query: { active, closed, ...query } }) {
      const list = await sessions.list({
        ...query,
        ...(active && { active: active === "true" }),
        ...(closed && { closed: closed === "true" }),
      });
      return { sessions: list };
    },

    async session({ params: { id } }) {
      const state = await sessions.readState(id);
      return state ? { state } : unknown(id);
    },

    async family({ params: { id } }) {
      return (await sessions.family(id)) ?? unknown(id);
    },

    async timeline({ params: { id }, query: { before, limit } }) {
      const events = await sessions.timeline(id, before, limit + 1);
      if (events.length === 0 && !(await sessions.exists(id))) return unknown(id);
      return { events: events.slice(-limit), more: events.length > limit };
    },

    async sessionEvents({ params: { id }, query: { after, limit, follow }, context }) {
      if (!(await sessions.exists(id))) return unknown(id);
      if (follow === "false") return { events: await sessions.events(id, after, limit) };
      const cursor = cursorOf(context, after);
      if (!cursor.ok) return cursor.problem;
      return streams.open(context, async (sink, signal) => {
        const position = await positionOf(database.kysely, id, cursor.after);
        const request = {
          selection: { session: id },
          after: position,
          afterSeq: cursor.after,
          deltas: false,
        };
        return watch(parts, request, sink, signal);
      });
    },
  };
}

/** A runner is known by its host. */
const named = (actor: Actor, scope: Scope, lease: Lease | undefined): Actor =>
  scope === "runner" && lease ? { ...actor, name: lease.host } : actor;
