import { upgradeWebSocket } from "@hono/node-server";
import type { Context } from "hono";
import { WebSocket } from "ws";
import type { Hosts } from "../hosts/hosts.ts";
import type { Terminals } from "../hosts/terminals.ts";
import { isSocket } from "./authentication.ts";
import type { ApiEnv, Endpoints } from "./endpoint.ts";
import { problem } from "./problem.ts";

export function terminalEndpoints({
  hosts,
  terminals,
}: {
  hosts: Hosts;
  terminals: Terminals;
}): Pick<Endpoints, "terminal" | "terminalDial"> {
  return {
    terminal: async ({ query, caller, context }) =>
      upgraded(context, (socket) => terminals.open(socket, query, caller.actor)),

    async terminalDial({ params: { id }, query: { host, epoch }, context }) {
      if (!(await hosts.holds({ host, epoch })))
        return problem("stale-lease", `epoch ${epoch} of host ${host} has ended: join again`, {
          field: "epoch",
        });
      if (!terminals.awaits(id, host))
        return problem("unknown-terminal", `nobody waits for a terminal ${id} of ${host}`);
      return upgraded(context, (socket) => terminals.join(socket, id));
    },
  };
}

async function upgraded(context: Context<ApiEnv>, opened: (socket: WebSocket) => void): Promise<Response> {
  if (!isSocket(context))
    return problem("upgrade-required", "ask for it as a WebSocket", { headers: { upgrade: "websocket" } });
  return upgradeWebSocket(context, {
    onOpen(_, { raw }) {
      if (raw instanceof WebSocket) opened(raw);
    },
  });
}
