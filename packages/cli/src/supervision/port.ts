import { once } from "node:events";
import { createServer } from "node:net";
import { badInput } from "../failure.ts";

/** Where a browser finds Tutti when nothing else was asked for. */
const usualPort = 7887;

/**
 * The port to listen on: the wanted one, or the usual one, or 0 (any) when the usual one is taken.
 * Throws a `Failure` when the wanted one cannot be had.
 */
export async function portFor(host: string, wanted: number | undefined): Promise<number> {
  const refusal = await tryPort(host, wanted ?? usualPort);
  if (refusal === undefined) return wanted ?? usualPort;
  if (wanted === undefined && refusal === "EADDRINUSE") return 0;
  throw badInput(
    refusal === "EADDRINUSE"
      ? `port ${wanted} of ${host} is taken: choose another with --port, or stop what listens there`
      : `cannot listen on ${host}: ${refusal}: choose another address with --host`,
  );
}

/** Why a port cannot be listened on; undefined when it can. */
async function tryPort(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    const listening = once(server, "listening");
    server.listen(port, host);
    await listening;
    return undefined;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  } finally {
    if (server.listening) {
      const closed = once(server, "close");
      server.close();
      await closed;
    }
  }
}
