/** The server that this page came from, with the browser's own sign-in. */
import { type Client, createClient } from "@tutti/client";

/** How long a call goes on trying while the server restarts, in milliseconds: shorter than a person's patience. */
const patienceMs = 4_000;

/** Browsers take little from a page that is gone: bodies of fewer characters than this. */
const keptAlive = 8_000;

export const openClient = (): Client =>
  createClient({
    baseUrl: globalThis.location.origin,
    fetch: (url, init) =>
      globalThis.fetch(url, {
        ...init,
        credentials: "same-origin",
        // What was said in the moment in which the page goes away arrives all the same.
        keepalive: init.method === "POST" && (init.body?.length ?? 0) < keptAlive,
      }),
    patienceMs,
  });
