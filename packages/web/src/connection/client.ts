/** The server that this page came from, with the browser's own sign-in. */
import { type Client, createClient } from "@tutti/client";

/** How long a call goes on trying while the server restarts, in milliseconds: shorter than a person's patience. */
const patienceMs = 4_000;

export const openClient = (): Client =>
  createClient({
    baseUrl: globalThis.location.origin,
    fetch: (url, init) => globalThis.fetch(url, { ...init, credentials: "same-origin" }),
    patienceMs,
  });
