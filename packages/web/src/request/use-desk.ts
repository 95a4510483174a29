/** The answers that are being given in this tab: they outlive the screen on which they were pressed. */
import { newId } from "@tutti/client";
import { useSyncExternalStore } from "react";
import type { Connection } from "../connection/connection.ts";
import { useConnection } from "../connection/use-connection.ts";
import { type Desk, openDesk, type Standing } from "./held-answer.ts";

const desks = new WeakMap<Connection, Desk>();

function deskOf(connection: Connection): Desk {
  const known = desks.get(connection);
  if (known) return known;
  const { client, link } = connection;
  const desk = openDesk({
    send: ({ session, command }) => client.command({ id: newId("command"), session, command }),
    isConnected: () => link.get().state === "connected",
    after(ms, then) {
      const timer = setTimeout(then, ms);
      return () => clearTimeout(timer);
    },
  });
  link.subscribe(() => {
    if (link.get().state !== "connected") desk.lost();
  });
  // A page that nobody sees may be stopped at any time.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") desk.settle();
  });
  globalThis.addEventListener("pagehide", desk.settle);
  desks.set(connection, desk);
  return desk;
}

export const useDesk = (): Desk => deskOf(useConnection());

/** How the answers of this tab stand, by the key of what they are about. */
export function useStandings(): ReadonlyMap<string, Standing> {
  const desk = useDesk();
  return useSyncExternalStore(desk.subscribe, desk.get);
}
