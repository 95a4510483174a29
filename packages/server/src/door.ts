/** The server's doors: a unix socket for its own user, and a port on request. */
import { once } from "node:events";
import { chmod, mkdir, unlink } from "node:fs/promises";
import { createServer, Server } from "node:http";
import { createServer as createTlsServer, Server as TlsServer } from "node:https";
import { connect, type ListenOptions, type Socket } from "node:net";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import { WebSocketServer } from "ws";

/** A certificate with those that lead to its root, and its key, as PEM. */
export interface Tls {
  cert: string;
  key: string;
}

type Answer = (request: Request, env: HttpBindings) => Response | Promise<Response>;

/**
 * A door is taken first and opened when all is ready: requests that come before wait for it. So whoever finds it taken
 * gives up before touching anything else.
 */
export interface Door {
  /** Listens on a unix socket of mode 0600. One that a dead server left is replaced. Throws when a server answers on it. */
  takeSocket(socketPath: string): Promise<void>;
  /** Listens on a port, 0 for a free one, and answers a URL for programs of this machine. Throws when it is taken. */
  takePort(host: string, port: number): Promise<string>;
  open(answer: Answer): void;
  /** Turns new requests away, and resolves when those in flight are answered or the time is over. */
  drain(refusal: () => Response, ms: number): Promise<void>;
  /** Cuts every connection and gives the place up. */
  close(): Promise<void>;
}

/** The largest message of a WebSocket, in bytes. */
const messageBytes = 1024 * 1024;

/** @param tls with it, the door speaks HTTPS alone */
export function makeDoor(tls?: Tls): Door {
  let open: (answer: Answer) => void = () => {};
  let answering: Answer | Promise<Answer> = new Promise<Answer>((resolve) => {
    open = resolve;
  });
  const server = createAdaptorServer({
    fetch: async (request, env) => (await answering)(request, env as HttpBindings),
    overrideGlobalObjects: false,
    ...(tls ? { createServer: createTlsServer, serverOptions: tls } : { createServer }),
    websocket: {
      server: new WebSocketServer({
        ...{ noServer: true, clientTracking: false, perMessageDeflate: false },
        maxPayload: messageBytes,
      }),
    },
  });
  if (!(server instanceof Server || server instanceof TlsServer))
    throw new Error("the door is of another kind than HTTP");
  // A connection that became a WebSocket is not the HTTP server's any more.
  const connections = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });
  let inFlight = 0;
  server.on("request", (_request, response) => {
    inFlight += 1;
    response.once("close", () => {
      inFlight -= 1;
      server.emit("answered");
    });
  });

  async function listen(options: ListenOptions): Promise<void> {
    const listening = once(server, "listening");
    server.listen(options);
    await listening;
  }

  return {
    async takeSocket(socketPath) {
      await mkdir(path.dirname(socketPath), { recursive: true, mode: 0o700 });
      if (await answers(socketPath))
        throw new Error(`a server is running already on ${socketPath}: use it, or stop it with tutti stop`);
      await unlink(socketPath).catch(unless("ENOENT"));
      // The socket is made before `listen` returns; nobody else may connect even for a moment.
      const mask = process.umask(0o177);
      const listening = listen({ path: socketPath });
      process.umask(mask);
      await listening.catch((cause: unknown) => {
        throw new Error(`cannot listen on ${socketPath}: ${messageOf(cause)}`, { cause });
      });
      await chmod(socketPath, 0o600);
    },
    async takePort(host, port) {
      await listen({ host, port }).catch((cause: unknown) => {
        const taken = cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE";
        throw new Error(
          taken
            ? `port ${port} of ${host} is taken: choose another with --port, or stop what listens there`
            : `cannot listen on port ${port} of ${host}: ${messageOf(cause)}`,
          { cause },
        );
      });
      const address = server.address();
      if (address === null || typeof address === "string") throw new Error("the server has no port");
      // Who listens everywhere is asked at one place.
      const place = { "0.0.0.0": "127.0.0.1", "::": "[::1]" }[host];
      return `${tls ? "https" : "http"}://${place ?? (host.includes(":") ? `[${host}]` : host)}:${address.port}`;
    },
    open: (answer) => {
      open(answer);
    },
    async drain(refusal, ms) {
      answering = refusal;
      const timeUp = new AbortController();
      const done = (async () => {
        while (inFlight > 0) await once(server, "answered", { signal: timeUp.signal });
      })().catch(() => {});
      await Promise.race([done, delay(ms, undefined, { signal: timeUp.signal }).catch(() => {})]);
      timeUp.abort();
    },
    async close() {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      for (const socket of connections) socket.destroy();
      await closed;
    },
  };
}

async function answers(socketPath: string): Promise<boolean> {
  const socket = connect(socketPath);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const unless = (code: string) => (error: unknown) => {
  if (!(error instanceof Error && "code" in error && error.code === code)) throw error;
};
