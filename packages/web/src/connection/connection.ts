/** This tab's connection: calls, and the stream that it shares with the browser's other tabs where it can. */
import type { Client } from "@tutti/client";
import { openClient } from "./client.ts";
import { type Hub, type Link, openHub } from "./hub.ts";
import { hubBehind } from "./port.ts";

export interface Connection {
  client: Client;
  hub: Hub;
  /** Whether the stream is up, for `useSyncExternalStore`. */
  link: { get(): Link; subscribe(listener: () => void): () => void };
}

export function openConnection(): Connection {
  const client = openClient();
  const hub = sharedHub() ?? openHub({ client, now: () => Date.now() });
  let link: Link = { state: "connecting" };
  const listeners = new Set<() => void>();
  hub.join({
    message: () => {},
    gap: () => {},
    link(next) {
      link = next;
      for (const listener of listeners) listener();
    },
  });
  globalThis.addEventListener("online", () => {
    if (link.state === "lost") hub.reconnect();
  });
  return {
    client,
    hub,
    link: {
      get: () => link,
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
  };
}

/** Undefined where the browser has no shared workers. */
function sharedHub(): Hub | undefined {
  if (typeof SharedWorker === "undefined") return undefined;
  const worker = new SharedWorker(new URL("./shared-worker.ts", import.meta.url), {
    type: "module",
    name: "tutti",
  });
  return hubBehind(worker.port);
}
