import { Agent, request } from "node:http";
import { Readable } from "node:stream";
import type { Fetch } from "./transport.ts";

/** A `fetch` for a client that dials a unix socket; the base URL's host is then `localhost`. For Node alone. */
export function nodeFetch(socketPath: string): Fetch {
  const agent = new Agent({ keepAlive: true });
  return (url, { method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const { pathname, search } = new URL(url);
      const asked = request({
        socketPath,
        agent,
        method,
        path: pathname + search,
        headers,
        ...(signal && { signal }),
      });
      asked.on("error", reject);
      asked.once("response", (incoming) => {
        incoming.on("error", () => {});
        const told = new Headers();
        for (const [name, value] of Object.entries(incoming.headers))
          if (value !== undefined) told.set(name, Array.isArray(value) ? value.join(", ") : value);
        // Node's two declarations of the same stream differ in name only.
        const stream = Readable.toWeb(incoming) as ReadableStream<Uint8Array>;
        resolve(new Response(stream, { status: incoming.statusCode ?? 500, headers: told }));
      });
      asked.end(body);
    });
}
