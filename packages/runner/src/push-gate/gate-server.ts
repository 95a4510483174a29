import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { chmod, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { spawnTree } from "../process/spawn.ts";
import { firstComplaint } from "./forward.ts";
import type { GateRepository } from "./gate-repository.ts";
import { GateFault } from "./git-place.ts";
import type { HookSocket, Receive } from "./hook-socket.ts";
import { redact } from "./redaction.ts";
import type { Address, Remote } from "./remotes.ts";
import {
  answerError,
  answerLargeFiles,
  answerText,
  cgiVariables,
  exchangeBodies,
  routeOf,
  type Service,
} from "./smart-http.ts";

/** Exchanges that are served at one time; a waiting push is one. */
const MAX_EXCHANGES = 32;
/** A body that stops coming. Answers have a sign of life every 5 s. */
const IDLE_MS = 5 * 60_000;

/** How long an exchange may go on when the gate closes. */
const CLOSING_MS = 1_000;

export interface GateServer {
  /** Serves on a unix socket, which takes the place of what was there. */
  listen(path: string): Promise<void>;
  /** Resolves when every exchange has ended; `signal` is aborted before. */
  close(): Promise<void>;
}

/** Serves the gate's repositories over smart HTTP: refuses what is not known, makes mirrors fresh, and lets git do the rest. */
export function gateServer(options: {
  signal: AbortSignal;
  nextMarker: () => string;
  report: (problem: string) => void;
  /** git's environment on the gate's own objects. */
  local: NodeJS.ProcessEnv;
  hookPath: string;
  hooks: HookSocket;
  /** The remotes; read anew when `fresh`. */
  remotes(fresh: boolean): Promise<readonly Remote[]>;
  gateOf(remote: Remote, address: Address): Promise<GateRepository>;
  receive(remote: Remote, gate: GateRepository): Receive;
}): GateServer {
  const { signal, nextMarker, report, local, hookPath, hooks, remotes, gateOf, receive } = options;
  const exchanges = new Set<Promise<void>>();
  const servers: Server[] = [];
  let serving = 0;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = routeOf(request.method ?? "", request.url ?? "", request.headers["content-type"]);
    if (route.kind === "refused") return answerText(response, route.status, route.message);
    const advertise = route.kind === "advertise";
    const known = await remotes(advertise);
    const remote = known.find(({ slug }) => slug === route.slug);
    if (!remote) {
      const names = known.map(({ name }) => name).join(", ") || "none";
      return answerText(response, 404, `this gate serves the remotes of the user's repository: ${names}`);
    }
    if (route.kind === "lfs") return answerLargeFiles(response, route.path);
    if (serving >= MAX_EXCHANGES)
      return answerText(
        response,
        503,
        "too many exchanges at one time: wait for the pushes that are under way",
      );
    serving++;
    try {
      const address = route.service === "git-receive-pack" ? remote.push : remote.fetch;
      const gate = await gateOf(remote, address);
      if (advertise) {
        const problem = await gate.refresh().catch((cause: unknown) => {
          if (!(cause instanceof GateFault)) throw cause;
          return cause;
        });
        if (problem) {
          const why = redact(firstComplaint(problem.said), remote.secrets);
          return answerError(
            response,
            route.service,
            `${remote.name} is not reached, and the gate keeps nothing back: ${why}`,
          );
        }
      }
      await backend(request, response, { service: route.service, advertise, remote, gate });
    } finally {
      serving--;
    }
  }

  async function backend(
    request: IncomingMessage,
    response: ServerResponse,
    asked: { service: Service; advertise: boolean; remote: Remote; gate: GateRepository },
  ): Promise<void> {
    const { service, advertise, remote, gate } = asked;
    const token = randomUUID();
    if (service === "git-receive-pack" && !advertise) hooks.expect(token, receive(remote, gate));
    request.socket.setTimeout(advertise ? 0 : IDLE_MS);
    const started = await spawnTree({
      command: "git",
      args: ["http-backend"],
      cwd: gate.folder,
      env: {
        ...local,
        ...cgiVariables(request, service, gate.folder, advertise),
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: "core.alternateRefsCommand",
        GIT_CONFIG_VALUE_0: "true",
        TUTTI_GATE_SOCKET: hookPath,
        TUTTI_GATE_TOKEN: token,
      },
      marker: nextMarker(),
      ...(advertise && { stdin: "closed" as const }),
    });
    if (!started.ok) throw new Error(started.reason.message);
    const { tree } = started;
    let cut = false;
    let last: NodeJS.Timeout | undefined;
    const kill = () => {
      cut = true;
      void tree.kill({ graceMs: 500 });
    };
    // A hook has a moment to tell its client that the gate closes.
    const killSoon = () => {
      last = setTimeout(kill, CLOSING_MS);
    };
    response.once("close", kill);
    signal.addEventListener("abort", killSoon);
    if (response.destroyed || signal.aborted) kill();
    try {
      await exchangeBodies(request, response, tree, () => cut);
    } finally {
      hooks.forget(token);
      clearTimeout(last);
      response.off("close", kill);
      signal.removeEventListener("abort", killSoon);
      await tree.kill({ graceMs: 500 });
      if (tree.stderrTail() !== "") report(`git http-backend: ${tree.stderrTail().trim()}`);
    }
  }

  function listener(request: IncomingMessage, response: ServerResponse): void {
    const served = serve(request, response)
      .catch((cause: unknown) => {
        report(String(cause));
        if (response.headersSent) response.destroy();
        else answerText(response, 500, "the push gate failed: this is in Tutti's own log");
      })
      .finally(() => exchanges.delete(served));
    exchanges.add(served);
  }

  function open(listening: typeof listener): Server {
    const server = createServer({ requestTimeout: 0, headersTimeout: 30_000 }, listening);
    server.maxConnections = 4 * MAX_EXCHANGES;
    server.on("connection", (socket) => socket.setNoDelay(true));
    servers.push(server);
    return server;
  }

  return {
    async listen(path) {
      const server = open(listener);
      await rm(path, { force: true });
      server.listen(path);
      await once(server, "listening");
      await chmod(path, 0o600);
    },
    async close() {
      const ended = servers.map((server) => new Promise((resolve) => server.close(resolve)));
      await Promise.allSettled(exchanges);
      for (const server of servers) server.closeAllConnections();
      await Promise.all(ended);
    },
  };
}
