import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream";
import { isPublicAddress } from "@tutti/core";
import { dialAddresses, resolveHost } from "./dial.ts";
import { endToEnd } from "./hop-by-hop.ts";
import { listenPrivately } from "./private-socket.ts";
import { serverNameIn } from "./server-name.ts";

/** Whether a host may be reached; the reason is shown to the agent. */
export type HostRuling = { ok: true } | { ok: false; reason: string };

/** One connection, or one request over plain HTTP, told when it is over. */
export interface EgressTraffic {
  host: string;
  port: number;
  /** Bytes that the agent sent and got; of plain HTTP, those of bodies. */
  sent: number;
  received: number;
  ending: "whole" | "refused" | "left" | "broken" | "idle";
}

export interface EgressProxyOptions {
  /** At most 103 bytes. The folder is made, 0700. */
  socketPath: string;
  /**
   * Hosts that are reached without asking: a name, `*.` and a name for every name below, or either with `:port`. Without a
   * port it is about 80 and 443.
   */
  known: readonly string[];
  /**
   * Rules on a host that is not known; may take as long as a person takes. Asked once for a host and port, however many
   * connections wait for the answer; not asked again by connections that come while one is open. A fault is a denial.
   */
  allow(host: string, port: number): Promise<HostRuling>;
  /** Must not throw. */
  onTraffic?(traffic: EgressTraffic): void;
  /** How long a connection may be silent, in milliseconds; five minutes unless given. */
  idleMs?: number;
  /** How long connecting may take, in milliseconds; 15 seconds unless given. */
  connectMs?: number;
  /** How many connections may be open; 256 unless given. More are turned away. */
  connections?: number;
  /** The addresses of a host: the system's resolver unless given. */
  resolve?(host: string): Promise<string[]>;
  /** Connects to the first of some addresses that answers: over TCP unless given. */
  dial?(addresses: readonly string[], port: number): Socket;
}

export interface EgressProxy {
  readonly socketPath: string;
  /** Bytes so far, of all connections. */
  totals(): { sent: number; received: number };
  /** Cuts every connection and removes the socket. May be called again. */
  close(): Promise<void>;
}

/** How many hosts may wait for a ruling at once. */
const mostAsked = 32;

/**
 * An HTTP proxy on a unix socket: tunnels by CONNECT, and GET and HEAD over plain HTTP. A connection is made when its host is
 * known or allowed, and every address of the host is one of the public internet; it goes to those very addresses. What is
 * refused is answered 403 with the reason, in the status line too, since few clients show more.
 *
 * A tunnel to port 443 must hold TLS for the very host, since many hosts stand at one address. What goes through it is not
 * seen: whoever may reach a host may tell it anything.
 */
export async function openEgressProxy(options: EgressProxyOptions): Promise<EgressProxy> {
  const {
    socketPath,
    known,
    allow,
    onTraffic,
    idleMs = 300_000,
    connectMs = 15_000,
    connections = 256,
  } = options;
  const { resolve = resolveHost, dial = dialAddresses } = options;
  const isKnown = matcher(known);
  const asked = new Map<string, Promise<HostRuling>>();
  const open = new Set<Duplex>();
  const totals = { sent: 0, received: 0 };

  function rulingOn(host: string, port: number): Promise<HostRuling> {
    const key = `${host}:${port}`;
    const waiting = asked.get(key);
    if (waiting) return waiting;
    if (asked.size >= mostAsked)
      return Promise.resolve({ ok: false, reason: "too many hosts wait for permission: try again later" });
    const ruling = (async () => allow(host, port))()
      .catch((): HostRuling => ({ ok: false, reason: "permission could not be asked for" }))
      .finally(() => asked.delete(key));
    asked.set(key, ruling);
    return ruling;
  }

  /** The connection to a place, or why there is none. */
  async function reach({
    host,
    port,
  }: Place): Promise<{ ok: true; socket: Socket } | { ok: false; refusal: Refusal }> {
    const no = (status: number, reason: string) => ({ ok: false as const, refusal: { status, reason } });
    const listed = isKnown(host, port);
    if (!listed) {
      if (port !== 80 && port !== 443)
        return no(
          403,
          `port ${port} of ${host} may not be reached: only 80 and 443, unless ${host}:${port} is listed`,
        );
      const ruling = await rulingOn(host, port);
      if (!ruling.ok) return no(403, `${host} may not be reached: ${ruling.reason}`);
    }
    let addresses: string[];
    try {
      addresses = await resolve(host);
    } catch {
      return no(502, `there is no host ${host}`);
    }
    // One address that is not public makes all suspect: names are made to point inwards.
    if (addresses.length === 0 || !addresses.every(isPublicAddress))
      return no(403, `${host} may not be reached: it is not an address of the public internet`);
    const socket = dial(addresses, port);
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    return new Promise((done) => {
      const late = setTimeout(() => socket.destroy(new Error("it took too long")), connectMs);
      socket.once("error", (error) => {
        clearTimeout(late);
        done(no(502, `${host}:${port} cannot be reached: ${codeOf(error)}`));
      });
      socket.once("connect", () => {
        clearTimeout(late);
        done({ ok: true, socket });
      });
    });
  }

  const tell = (traffic: EgressTraffic) => {
    totals.sent += traffic.sent;
    totals.received += traffic.received;
    onTraffic?.(traffic);
  };

  async function tunnel(client: Duplex, target: string, head: Buffer): Promise<void> {
    open.add(client);
    client.once("close", () => open.delete(client));
    client.on("error", () => client.destroy());
    const place = placeOf(target);
    if (!place) return refuseTunnel(client, { status: 400, reason: "ask for a host and a port" });
    const traffic: EgressTraffic = { ...place, sent: 0, received: 0, ending: "refused" };
    const reached = await reach(place);
    if (!reached.ok) {
      refuseTunnel(client, reached.refusal);
      return tell(traffic);
    }
    const remote = reached.socket;
    if (client.destroyed) {
      remote.destroy();
      return tell({ ...traffic, ending: "left" });
    }
    traffic.ending = "whole";
    const cut = (ending: EgressTraffic["ending"]) => () => {
      if (traffic.ending === "whole") traffic.ending = ending;
      client.destroy();
      remote.destroy();
    };
    client.once("error", cut("left"));
    remote.once("error", cut("broken"));
    remote.setTimeout(idleMs, cut("idle"));
    let ends = 2;
    const ended = () => {
      ends -= 1;
      if (ends > 0) return;
      tell(traffic);
    };
    client.once("close", () => {
      remote.destroy();
      ended();
    });
    remote.once("close", () => {
      // What has come is still read, when the end was an orderly one.
      if (remote.errored) client.destroy();
      else client.end();
      ended();
    });
    client.write("HTTP/1.1 200 Connection established\r\n\r\n");
    remote.on("data", (chunk: Buffer) => {
      traffic.received += chunk.length;
    });
    remote.pipe(client);
    const { first, fits } =
      place.port === 443 ? await tlsFor(place.host, client, head) : { first: head, fits: true };
    traffic.sent += first.length;
    if (!fits) {
      traffic.ending = "refused";
      client.end(unrecognizedName);
      remote.destroy();
      return;
    }
    if (first.length > 0) remote.write(first);
    client.on("data", (chunk: Buffer) => {
      traffic.sent += chunk.length;
    });
    client.pipe(remote);
  }

  async function fetchPlain(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    incoming.on("error", () => {});
    incoming.resume();
    const url = URL.parse(incoming.url ?? "");
    const place = url && placeOf(`${url.hostname}:${url.port || 80}`);
    if (!url || !place || url.protocol !== "http:")
      return refusePlain(answer, {
        status: 400,
        reason: "this is a proxy: ask for an http:// URL, or CONNECT",
      });
    const traffic: EgressTraffic = { ...place, sent: 0, received: 0, ending: "refused" };
    answer.once("close", () => tell(traffic));
    if (incoming.method !== "GET" && incoming.method !== "HEAD")
      return refusePlain(answer, { status: 405, reason: "over plain HTTP only GET and HEAD are passed on" });
    if (url.username || url.password)
      return refusePlain(answer, { status: 400, reason: "a URL may not hold credentials" });
    const reached = await reach(place);
    if (!reached.ok) return refusePlain(answer, reached.refusal);
    traffic.ending = "left";
    const { socket } = reached;
    if (answer.destroyed) {
      socket.destroy();
      return;
    }
    socket.setTimeout(idleMs, () => {
      traffic.ending = "idle";
      socket.destroy(new Error("it fell silent"));
    });
    const { "content-length": _, expect: __, ...headers } = endToEnd(incoming.headersDistinct);
    const sending = request({
      createConnection: () => socket,
      method: incoming.method,
      path: url.pathname + url.search,
      headers: { ...headers, host: url.host, connection: "close" },
    });
    answer.once("close", () => sending.destroy());
    const broken = () => {
      if (answer.destroyed) return;
      if (traffic.ending === "left") traffic.ending = "broken";
      if (!answer.headersSent) refusePlain(answer, { status: 502, reason: `${place.host} broke off` });
    };
    sending.once("error", broken);
    sending.once("response", (answered) => {
      for (const [name, values] of Object.entries(endToEnd(answered.headersDistinct)))
        answer.setHeader(name, values);
      answer.writeHead(answered.statusCode ?? 502);
      answered.on("data", (chunk: Buffer) => {
        traffic.received += chunk.length;
      });
      answered.once("error", broken);
      answer.once("finish", () => {
        traffic.ending = "whole";
      });
      pipeline(answered, answer, () => {});
    });
    sending.end();
  }

  const server = createServer(
    { maxHeaderSize: 32 * 1024, headersTimeout: 30_000, requestTimeout: 60_000 },
    (incoming, answer) =>
      void fetchPlain(incoming, answer).catch(() => {
        refusePlain(answer, { status: 500, reason: "the proxy failed" });
      }),
  );
  server.maxConnections = connections;
  server.on("connect", (incoming, client, head) => {
    void tunnel(client, incoming.url ?? "", head).catch(() => client.destroy());
  });
  server.on("clientError", (_error, socket) => {
    if (socket.writable) refuseTunnel(socket, { status: 400, reason: "the request cannot be read" });
  });
  await listenPrivately(server, socketPath);
  return {
    socketPath,
    totals: () => ({ ...totals }),
    async close() {
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      for (const one of open) one.destroy();
      await closed;
    },
  };
}

/** A TLS alert: the name is not known here. There is no other way left to say no. */
const unrecognizedName = Buffer.from([21, 3, 1, 0, 2, 2, 112]);
/** A longer beginning is none that a program of today sends. */
const mostHello = 64 * 1024;

/** Reads as much as tells for whom a connection is; the rest waits. */
async function tlsFor(host: string, client: Duplex, head: Buffer): Promise<{ first: Buffer; fits: boolean }> {
  let first = head;
  const read = async () => {
    for (;;) {
      const found = serverNameIn(first);
      if (found.kind === "named") return found.name === host;
      if (found.kind !== "unfinished") return found.kind === "nameless" && isIP(host) !== 0;
      if (first.length > mostHello) return false;
      const chunk = await nextOf(client);
      if (chunk === undefined) return first.length === 0;
      first = Buffer.concat([first, chunk]);
    }
  };
  const fits = await read();
  return { first, fits };
}

/** The next bytes of a stream that is paused before and after; undefined when it has ended. */
async function nextOf(stream: Duplex): Promise<Buffer | undefined> {
  for (;;) {
    const chunk: Buffer | null = stream.read();
    if (chunk !== null) return chunk;
    if (stream.readableEnded || stream.destroyed) return undefined;
    await new Promise<void>((resolve) => {
      const go = () => {
        for (const event of ["readable", "end", "close"]) stream.off(event, go);
        resolve();
      };
      for (const event of ["readable", "end", "close"]) stream.on(event, go);
    });
  }
}

interface Place {
  /** Lower case, without brackets and the root's dot. */
  host: string;
  port: number;
}

interface Refusal {
  status: number;
  reason: string;
}

/** Reads `host:port`. Names are letters, digits, hyphens and underscores: what resolvers take for numbers is read by them. */
function placeOf(target: string): Place | undefined {
  const [, bracketed, name, digits] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+)):(\d{1,5})$/i.exec(target) ?? [];
  const port = Number(digits);
  const host = (bracketed ?? name ?? "").toLowerCase().replace(/\.$/, "");
  if (host === "" || host.length > 253 || !(port > 0 && port < 65_536)) return undefined;
  if (bracketed !== undefined && isIP(bracketed) !== 6) return undefined;
  return { host, port };
}

function matcher(known: readonly string[]): (host: string, port: number) => boolean {
  const entries = known.map((entry) => {
    const [, name = entry, digits] = /^(.*[^:]):(\d+)$/.exec(entry) ?? [];
    return {
      name: name.toLowerCase().replace(/^\[(.*)\]$/, "$1"),
      port: digits === undefined ? undefined : Number(digits),
    };
  });
  return (host, port) =>
    entries.some(
      ({ name, port: only }) =>
        (only === undefined ? port === 80 || port === 443 : port === only) &&
        (name.startsWith("*.") ? host.endsWith(name.slice(1)) && host.length >= name.length : host === name),
    );
}

/** A reason in the status line: printable ASCII, on one line, of a bounded length. */
const phrase = (reason: string): string => reason.replaceAll(/[^\x20-\x7e]+/g, " ").slice(0, 300);

function refuseTunnel(client: Duplex, { status, reason }: Refusal): void {
  const body = `${reason}\n`;
  client.end(
    `HTTP/1.1 ${status} ${phrase(reason)}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
  // What is still on its way is read, so that the answer is not lost by it; whoever does not close its side then is cut.
  client.resume();
  const cut = setTimeout(() => client.destroy(), 1_000);
  client.once("close", () => clearTimeout(cut));
}

function refusePlain(answer: ServerResponse, { status, reason }: Refusal): void {
  if (answer.headersSent) {
    answer.destroy();
    return;
  }
  answer.writeHead(status, phrase(reason), { "content-type": "text/plain; charset=utf-8" });
  answer.end(`${reason}\n`);
}

const codeOf = (error: Error): string =>
  "code" in error && typeof error.code === "string" ? error.code : error.message;
