import type { Database } from "../database/pool.ts";
import type { Hosts } from "../hosts/hosts.ts";
import type { Hub } from "../log/hub.ts";
import { watch } from "../log/watch.ts";
import { cursorOf } from "./cursor.ts";
import type { Endpoints } from "./endpoint.ts";
import { problem } from "./problem.ts";
import type { Streams } from "./streams.ts";

export function eventEndpoints(parts: {
  database: Database;
  hub: Hub;
  hosts: Hosts;
  streams: Streams;
}): Pick<Endpoints, "events" | "delta"> {
  const { hub, hosts, streams } = parts;
  return {
    async events({ query: { after, host, session }, caller, context }) {
      const cursor = cursorOf(context, after);
      if (!cursor.ok) return cursor.problem;
      const selection = { host, family: session };
      // A host is not told the text that it tells itself.
      const deltas = host === undefined;
      return streams.open(context, (sink, signal) => {
        if (caller.scope === "runner" && host !== undefined)
          signal.addEventListener("abort", hosts.connect(host, sink.send), { once: true });
        return watch(parts, { selection, after: cursor.after ?? hub.position, deltas }, sink, signal);
      });
    },

    async delta({ body: { lease, delta } }) {
      const place = await hosts.placeUnder(lease, delta.session);
      if (!place)
        return problem(
          "stale-lease",
          `host ${lease.host} in epoch ${lease.epoch} does not speak for ${delta.session}`,
          {
            field: "lease",
          },
        );
      hub.delta(delta, place.parent);
      return {};
    },
  };
}
