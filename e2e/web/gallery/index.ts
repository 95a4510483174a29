/**
 * The gallery: a server on loopback with one person's day in it, for whoever looks at screens.
 *
 * It answers the public API out of logs that are written by hand, at fixed times, and folded by core; commands are decided by
 * core's law, so that what is pressed on a screen happens. Nothing is stored: each gallery begins anew.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import {
  type Actor,
  type LoggedEvent,
  type Problem,
  type RouteName,
  type RouteSpec,
  routes,
} from "@tutti/core";
import { type Answer, type Asked, openAnswers } from "./answers.ts";
import { largeReview } from "./large-review.ts";
import { openLog } from "./log.ts";
import { longTimeline } from "./long-timeline.ts";
import { openMachine } from "./machine.ts";
import { react } from "./reactions.ts";
import { openShells } from "./shell.ts";
import { goesOn, stories, unfinished } from "./stories/index.ts";
import type { Told } from "./telling.ts";
import { serveFile } from "./web-files.ts";

export { now } from "./names.ts";

const bodyBytes = 8 * 1024 * 1024;

export interface GalleryOptions {
  /** The folder of the built app; the checkout's `dist/web` when left out. */
  web?: string;
  /** The port; any free one when left out. */
  port?: number;
  /** Adds the session `long-timeline` with a timeline of so many items. */
  items?: number;
  /** Adds the session `large-review` with a change of so many files, of 20 lines each. */
  files?: number;
  /** A gallery in which nothing has happened yet. */
  empty?: boolean;
}

export interface Gallery {
  /** Where it is, such as `http://127.0.0.1:41234`. The same after it was stopped and started. */
  readonly url: string;
  /** Lets something happen in a session, as told by `by`: the person when left out. */
  append(session: string, event: Told["event"], by?: Actor): LoggedEvent;
  /**
   * Streams text of the session `split-the-api-client`, so many pieces a second, until the answer is called. Without `pieces`
   * what it says begins again at its end.
   */
  deltas(perSecond: number, pieces?: readonly string[]): () => void;
  /** Whether the machine is there. */
  connect(machine: boolean): void;
  /** Breaks every connection and takes no new one. */
  stop(): Promise<void>;
  /** Takes connections again, on the same port. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function openGallery(options: GalleryOptions = {}): Promise<Gallery> {
  const { items, files, empty = false } = options;
  const web = options.web ?? fileURLToPath(new URL("../../../dist/web", import.meta.url));
  const review = files === undefined ? undefined : largeReview(files);
  const log = openLog(
    empty
      ? []
      : [
          ...stories,
          ...(review ? [review.story] : []),
          ...(items === undefined ? [] : [longTimeline(items)]),
        ],
  );
  if (!empty) log.stream(unfinished);
  log.watch({ event: (logged) => void setImmediate(() => react(log, logged)) });
  let isConnected = true;
  const answers = openAnswers(log, openMachine(review), () => isConnected);
  const timers = new Set<NodeJS.Timeout>();

  const listener = (request: IncomingMessage, response: ServerResponse) =>
    void answer(request, response).catch((error: unknown) => {
      process.stderr.write(`gallery: ${request.method} ${request.url}: ${String(error)}\n`);
      if (!response.headersSent) refuse(response, 500, "internal", String(error));
      else response.destroy();
    });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://gallery");
    if (!url.pathname.startsWith("/v1/")) return serveFile(web, request, response);
    const found = routeOf(request.method ?? "GET", url.pathname);
    const give =
      found && (answers[found.name] as ((asked: Asked<RouteName>) => Answer<RouteName>) | undefined);
    if (!found || !give)
      return refuse(response, 404, "not-found", `the gallery has no ${request.method} ${url.pathname}`);
    const { spec, params } = found;
    const body = request.method === "POST" ? await read(request) : undefined;
    const input = {
      params: spec.params?.safeParse(params),
      query: spec.query?.safeParse(Object.fromEntries(url.searchParams)),
      body: spec.body?.safeParse(body),
    };
    for (const [place, parsed] of Object.entries(input))
      if (parsed && !parsed.success)
        return refuse(response, 422, "invalid", `${place}: ${parsed.error.issues[0]?.message}`);
    const given = give({
      ...{ params: input.params?.data, query: input.query?.data, body: input.body?.data },
      ...{ request, response },
    } as Asked<RouteName>);
    if ("streamed" in given) return;
    if ("refusal" in given) {
      const { kind, message } = given.refusal;
      return refuse(response, statuses[kind] ?? 409, kind, message);
    }
    // What the real server would never answer is a fault of the gallery.
    spec.output.parse(given.json);
    response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" });
    response.end(JSON.stringify(given.json));
  }

  const shells = openShells();
  let server = await listen(listener, options.port ?? 0);
  server.on("upgrade", shells.upgrade);
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    shells.close();
    await closed;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    append: (session, event, by) => log.append(session, event, by),
    deltas(perSecond, pieces) {
      let next = 0;
      const timer = setInterval(() => {
        const text = pieces ? pieces[next] : goesOn[next % goesOn.length];
        next += 1;
        if (text === undefined) clearInterval(timer);
        else log.stream({ ...unfinished, text });
      }, 1_000 / perSecond);
      timers.add(timer);
      return () => {
        timers.delete(timer);
        clearInterval(timer);
      };
    },
    connect(machine) {
      isConnected = machine;
    },
    stop,
    async start() {
      if (server.listening) return;
      server = await listen(listener, port);
      server.on("upgrade", shells.upgrade);
    },
    async close() {
      for (const timer of timers) clearInterval(timer);
      await stop();
    },
  };
}

const statuses: Record<string, number> = {
  "unknown-session": 404,
  "not-found": 404,
  forbidden: 403,
  invalid: 422,
  unavailable: 503,
};

function refuse(response: ServerResponse, status: number, kind: string, detail: string): void {
  const problem: Problem = { type: `urn:tutti:problem:${kind}`, title: kind, status, detail };
  response.writeHead(status, { "content-type": "application/problem+json", "cache-control": "no-store" });
  response.end(JSON.stringify(problem));
}

/** The route that a request means, with what stands in the place of its path's names. */
function routeOf(method: string, pathname: string) {
  const given = pathname.split("/");
  for (const [name, spec] of Object.entries(routes) as [RouteName, RouteSpec][]) {
    const wanted = spec.path.split("/");
    if (spec.method !== method || wanted.length !== given.length) continue;
    if (!wanted.every((part, index) => part.startsWith(":") || part === given[index])) continue;
    const params = Object.fromEntries(
      wanted.flatMap((part, index) =>
        part.startsWith(":") ? [[part.slice(1), decodeURIComponent(given[index] ?? "")]] : [],
      ),
    );
    return { name, spec, params };
  }
  return undefined;
}

async function listen(listener: (request: IncomingMessage, response: ServerResponse) => void, port: number) {
  const server: Server = createServer(listener).listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

async function read(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const piece of request.setEncoding("utf8")) {
    text += piece;
    if (text.length > bodyBytes) throw new Error(`a body has at most ${bodyBytes} bytes`);
  }
  if (text === "") return undefined;
  const body: unknown = JSON.parse(text);
  return body;
}
