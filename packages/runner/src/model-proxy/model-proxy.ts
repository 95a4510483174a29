import type { ServerResponse } from "node:http";
import { createServer, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { PassThrough, pipeline } from "node:stream";
import { answerProblem } from "./answer-problem.ts";
import { endToEnd } from "./hop-by-hop.ts";
import { maskBytes, maskText } from "./masked.ts";
import { listenPrivately } from "./private-socket.ts";

/** The one server of models that an agent may ask. */
export interface Upstream {
  /** `http` or `https`, without credentials, query and fragment. Its path stands before every path that is asked for. */
  baseUrl: string;
  /**
   * Sent in place of every credential that the agent sends. Without it the agent's own credentials go on as they are: its
   * login lies inside then.
   */
  credential?: { header: string; value: string };
  /** Sent with every request, in place of the agent's own of the same name. */
  headers?: Readonly<Record<string, string>>;
}

/** One request, told when it is over. Holds no header, no query and no body. */
export interface ModelTraffic {
  method: string;
  /** As the agent asked, without its query. */
  path: string;
  /** What the agent was answered; 0 when it left before. */
  status: number;
  /** Bytes of bodies. */
  sent: number;
  received: number;
  ending: "whole" | "refused" | "left" | "broken";
}

export interface ModelProxyOptions {
  /** At most 103 bytes. The folder is made, 0700. */
  socketPath: string;
  upstream: Upstream;
  /** Must not throw. */
  onTraffic?(traffic: ModelTraffic): void;
  /** Where `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are looked up for the way to the upstream; nowhere unless given. */
  environment?: Readonly<Record<string, string | undefined>>;
}

export interface ModelProxy {
  readonly socketPath: string;
  /** Cuts what is under way and removes the socket. May be called again. */
  close(): Promise<void>;
}

const mostConnections = 256;
const headerBytes = 64 * 1024;
/** For a whole request to arrive. An answer may take as long as it takes: no clock knows how long a model thinks. */
const requestMs = 600_000;
const connectMs = 30_000;
/** After this long an idle connection to the upstream is not used again: it may be closing it just now. */
const idleMs = 4_000;

/**
 * A reverse proxy on a unix socket: what is sent to any path goes to the upstream, and only there; answers come back as they
 * arrive. Either side that leaves ends the other. Throws when the upstream's address is none or the socket cannot be had.
 *
 * With a credential the agent never sees it: neither in an answer that echoes it (which is why answers are asked for
 * uncompressed) nor in an error.
 */
export async function openModelProxy(options: ModelProxyOptions): Promise<ModelProxy> {
  const { socketPath, upstream, onTraffic, environment } = options;
  const target = targetOf(upstream);
  const agentOptions = {
    keepAlive: true,
    maxSockets: mostConnections,
    timeout: idleMs,
    ...(environment && { proxyEnv: { ...environment } }),
  };
  const agent = target.secure ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);
  const request = target.secure ? httpsRequest : httpRequest;

  const server = createServer(
    {
      maxHeaderSize: headerBytes,
      headersTimeout: connectMs,
      requestTimeout: requestMs,
      keepAliveTimeout: 60_000,
    },
    (asked, answer) => {
      const traffic: ModelTraffic = {
        method: asked.method ?? "",
        path: (asked.url ?? "").split("?", 1)[0] ?? "",
        status: 0,
        sent: 0,
        received: 0,
        ending: "left",
      };
      answer.once("close", () => {
        traffic.status = answer.headersSent ? answer.statusCode : 0;
        onTraffic?.(traffic);
      });
      asked.on("error", () => {});
      const refusal = refusalOf(asked);
      if (refusal) {
        traffic.ending = "refused";
        answerProblem(answer, refusal.status, refusal.type, refusal.message, refusal.headers);
        return;
      }
      forward(asked, answer, traffic);
    },
  );
  server.maxConnections = mostConnections;
  server.on("connect", (_request, socket) => {
    socket.on("error", () => {});
    socket.end("HTTP/1.1 405 Method Not Allowed\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable) return;
    const status =
      error.code === "HPE_HEADER_OVERFLOW" ? "431 Request Header Fields Too Large" : "400 Bad Request";
    socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  });

  function forward(asked: IncomingMessage, answer: ServerResponse, traffic: ModelTraffic): void {
    const sending = request({
      agent,
      protocol: target.secure ? "https:" : "http:",
      hostname: target.hostname,
      port: target.port,
      method: asked.method,
      path: target.prefix + asked.url,
      headers: requestHeaders(asked, target, upstream),
      // An answer's headers are the upstream's matter, up to the same bound.
      maxHeaderSize: headerBytes,
    });
    const secret = upstream.credential?.value;
    let connecting: NodeJS.Timeout | undefined = setTimeout(
      () => sending.destroy(new Error("it does not accept a connection")),
      connectMs,
    );
    const connected = () => {
      clearTimeout(connecting);
      connecting = undefined;
    };
    sending.once("socket", (socket) => {
      // A connection whose other end is gone is found out by the system, however long the model thinks.
      socket.setKeepAlive(true, 30_000);
      if (socket.connecting) socket.once(target.secure ? "secureConnect" : "connect", connected);
      else connected();
    });
    answer.once("close", () => {
      connected();
      sending.destroy();
    });
    sending.on("error", (error) => {
      connected();
      // An answer that came before all was read is still passed on.
      if (answer.headersSent || answer.destroyed) return;
      traffic.ending = "broken";
      const why = secret === undefined ? error.message : maskText(error.message, secret);
      answerProblem(
        answer,
        502,
        "api_error",
        `the model's server ${target.hostname} cannot be reached: ${why}`,
      );
    });
    sending.once("response", (answered) => {
      const headers = endToEnd(answered.headersDistinct);
      const encoding = headers["content-encoding"]?.join() ?? "identity";
      if (secret !== undefined && encoding !== "identity") {
        traffic.ending = "broken";
        sending.destroy();
        answerProblem(
          answer,
          502,
          "api_error",
          `the model's server answered in the encoding ${encoding}, which it was asked not to: its answer was not passed on`,
        );
        return;
      }
      for (const [name, values] of Object.entries(headers))
        answer.setHeader(
          name,
          secret === undefined ? values : values.map((value) => maskText(value, secret)),
        );
      answer.writeHead(answered.statusCode ?? 502);
      answer.flushHeaders();
      answered.on("data", (chunk: Buffer) => {
        traffic.received += chunk.length;
      });
      answered.once("error", () => {
        if (!answer.destroyed) traffic.ending = "broken";
      });
      answer.once("finish", () => {
        traffic.ending = "whole";
      });
      const mask = secret === undefined ? new PassThrough() : maskBytes(secret);
      // When either side breaks, this cuts the other.
      pipeline(answered, mask, answer, () => {});
    });

    if (!hasBody(asked)) {
      sending.end();
      return;
    }
    asked.on("data", (chunk: Buffer) => {
      traffic.sent += chunk.length;
    });
    asked.pipe(sending);
    // What nobody wants any more is read all the same, so that the agent comes to read its answer.
    sending.once("close", () => {
      asked.unpipe(sending);
      asked.resume();
    });
  }

  await listenPrivately(server, socketPath);
  return {
    socketPath,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}

interface Target {
  secure: boolean;
  hostname: string;
  port: string;
  /** As the upstream is asked for. */
  host: string;
  /** Without a slash at its end. */
  prefix: string;
}

function targetOf({ baseUrl }: Upstream): Target {
  const url = URL.parse(baseUrl);
  if (!url || !["http:", "https:"].includes(url.protocol))
    throw new Error("the address of a model's server must begin with http:// or https://");
  if (url.username || url.password || url.search || url.hash)
    throw new Error(
      `the address of the model's server ${url.host} must hold no credentials, query or fragment`,
    );
  const secure = url.protocol === "https:";
  return {
    secure,
    hostname: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port || (secure ? "443" : "80"),
    host: url.host,
    prefix: url.pathname.replace(/\/+$/, ""),
  };
}

interface Refused {
  status: number;
  type: string;
  message: string;
  headers?: Record<string, string>;
}

function refusalOf({ method, url = "", headers }: IncomingMessage): Refused | undefined {
  const type = "invalid_request_error";
  if (headers.upgrade !== undefined)
    // The status that makes clients go on over plain HTTP at once.
    return {
      status: 426,
      type,
      message: "there are no WebSockets here: ask over plain HTTP",
      headers: { upgrade: "HTTP/1.1", connection: "upgrade, close" },
    };
  if (method === "TRACE") return { status: 405, type, message: "TRACE is not passed on" };
  if (!url.startsWith("/"))
    return {
      status: 403,
      type: "permission_error",
      message: "only the model's server is reached from here: ask for a path alone",
    };
  // A path that climbs would leave the upstream's base path.
  const path = (url.split("?", 1)[0] ?? "").replaceAll(/%2e/gi, ".").replaceAll(/%2f|%5c|\\/gi, "/");
  if (path.split("/").some((part) => part === ".." || part === "."))
    return { status: 400, type, message: "a path may not hold . or .. as a part" };
  return undefined;
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || headers["content-length"] !== undefined;

/** Names of headers that hold credentials. */
const isCredential = (name: string): boolean =>
  /^(authorization|cookie)$|(^|-)(api-?key|auth-token|access-token)$/.test(name);

function requestHeaders(
  asked: IncomingMessage,
  { host }: Target,
  upstream: Upstream,
): Record<string, string | string[]> {
  const { credential, headers = {} } = upstream;
  const passed: Record<string, string | string[]> = endToEnd(asked.headersDistinct);
  // The agent was told to go on already.
  delete passed.expect;
  if (credential) for (const name of Object.keys(passed)) if (isCredential(name)) delete passed[name];
  for (const [name, value] of Object.entries(headers)) passed[name.toLowerCase()] = value;
  if (credential) {
    passed[credential.header.toLowerCase()] = credential.value;
    passed["accept-encoding"] = "identity";
  }
  passed.host = host;
  // Where a body ends is said by what was read, whatever else the agent claims: no request hides in another.
  const length = asked.headers["content-length"];
  delete passed["content-length"];
  if (asked.headers["transfer-encoding"] !== undefined) passed["transfer-encoding"] = "chunked";
  else if (length !== undefined) passed["content-length"] = length;
  return passed;
}
