import type { Hosts } from "../hosts/hosts.ts";
import type { Looks } from "../hosts/looks.ts";
import type { Endpoints } from "./endpoint.ts";
import { problem } from "./problem.ts";

export function lookEndpoints({
  hosts,
  looks,
}: {
  hosts: Hosts;
  looks: Looks;
}): Pick<Endpoints, "look" | "lookAnswer"> {
  return {
    async look({ body: { host, look }, context }) {
      const going = new AbortController();
      const gone = () => going.abort();
      const { outgoing } = context.env;
      outgoing?.once("close", gone);
      const looked = await looks.ask(host, look, going.signal);
      outgoing?.off("close", gone);
      return looked.ok ? { answer: looked.answer } : problem("unavailable", looked.detail);
    },

    async lookAnswer({ params: { id }, body: { lease, answer } }) {
      if (!(await hosts.holds(lease)))
        return problem("stale-lease", `epoch ${lease.epoch} of host ${lease.host} has ended: join again`, {
          field: "lease",
        });
      looks.answer(lease.host, id, answer);
      return {};
    },
  };
}
