import type { Hosts } from "../hosts/hosts.ts";
import type { Hub } from "../log/hub.ts";
import type { Endpoints } from "./endpoint.ts";

export function hostEndpoints({ hosts, hub }: { hosts: Hosts; hub: Hub }): Pick<Endpoints, "join" | "hosts"> {
  return {
    async join({ body }) {
      const lease = await hosts.join(body);
      // What comes after this position is told by the stream; what came before, by the sessions' states.
      return { lease, position: hub.position };
    },
    async hosts() {
      return { hosts: await hosts.list() };
    },
  };
}
