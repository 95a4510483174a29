/** The worker that all tabs of a browser share: it holds the one stream. What it says is told in `port.ts`. */
import { openClient } from "./client.ts";
import { openHub } from "./hub.ts";
import { servePort } from "./port.ts";

const scope = globalThis as unknown as SharedWorkerGlobalScope;
const hub = openHub({ client: openClient(), now: () => Date.now() });

scope.onconnect = ({ ports }) => {
  for (const port of ports) servePort(hub, port);
};
