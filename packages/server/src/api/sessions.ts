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
}): Pick<Endpoints, "command" | "sessions" | "session" | "sessionEvents"> {
  const { sessions, database, streams } = parts;
  const unknown = (id: string) =>
    refusalProblem({ kind: "unknown-session", message: `there is no session ${id}`, field: "id" });
  return {
    async command({ body, caller: { actor, scope } }) {
      const by = scope === "runner" && body.lease ? { ...actor, name: body.lease.host } : actor;
      const sent = await sessions.dispatch(body, by, scope);
      return sent.ok ? sent.receipt : refusalProblem(sent.refusal);
    },

    async sessions({ query: { active, ...query } }) {
      const list = await sessions.list({ ...query, ...(active && { active: active === "true" }) });
      return { sessions: list };
    },

    async session({ params: { id } }) {
      const state = await sessions.readState(id);
      return state ? { state } : unknown(id);
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
