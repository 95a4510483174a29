import { connect, createServer, type Socket } from "node:net";
import { listenPrivately } from "./private-socket.ts";

/** Leads a unix socket to a port of this machine's loopback, byte for byte: for models that are served here. */
export async function openLocalRelay(socketPath: string, port: number): Promise<{ close(): Promise<void> }> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (inner) => {
    const outer = connect({ host: "127.0.0.1", port, allowHalfOpen: true, noDelay: true });
    for (const [one, other] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      open.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  server.maxConnections = 64;
  server.on("error", () => {});
  await listenPrivately(server, socketPath);
  return {
    close() {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
