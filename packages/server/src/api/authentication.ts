/** Says who makes a request, or why nobody who may. What a request must hold is told in `access/tokens.ts`. */
import type { ServerResponse } from "node:http";
import { isIP, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { HttpBindings } from "@hono/node-server";
import type { Context, MiddlewareHandler } from "hono";
import { deleteCookie, getCookie } from "hono/cookie";
import type { FailureLimit } from "../access/failure-limit.ts";
import { isOwnRequest } from "../access/own-origin.ts";
import type { SignIns } from "../access/sign-ins.ts";
import type { Access } from "../access/tokens.ts";
import type { ApiEnv } from "./endpoint.ts";
import { problem } from "./problem.ts";

export interface Authentication {
  /** For every request: whether it asks for this server by a name of its own. */
  readonly named: MiddlewareHandler<ApiEnv>;
  /** For every request that is not public: sets its scope, and the sign-in that it comes by. */
  readonly known: MiddlewareHandler<ApiEnv>;
  /** Ends what is open for a sign-in, but for one request. */
  cut(signIn: string, but?: ServerResponse): void;
}

/**
 * How long one request of a browser may be answered, streams included: it comes back by itself and is looked at again. So a
 * sign-in that ended elsewhere, or is over, ends here too.
 */
const longestMs = 60 * 60_000;

export function openAuthentication(parts: {
  access: Access;
  signIns: SignIns;
  failures: FailureLimit;
  /** Names, without ports, under which requests may ask for this server. */
  hostNames: readonly string[];
}): Authentication {
  const { access, signIns, failures, hostNames } = parts;
  const open = new Map<string, Set<ServerResponse | Socket>>();

  function hold(signIn: string, one: ServerResponse | Socket, timer: NodeJS.Timeout): void {
    const all = open.get(signIn) ?? new Set();
    open.set(signIn, all.add(one));
    timer.unref();
    one.once("close", () => {
      clearTimeout(timer);
      all.delete(one);
      if (all.size === 0 && open.get(signIn) === all) open.delete(signIn);
    });
  }

  function keep(signIn: string, { outgoing }: Partial<HttpBindings>): void {
    if (outgoing)
      hold(
        signIn,
        outgoing,
        setTimeout(() => outgoing.end(), longestMs),
      );
  }

  /** A WebSocket doesn't come back by itself: it stays for as long as its sign-in is found. */
  function keepSocket(signIn: string, cookie: string, { incoming }: Partial<HttpBindings>): void {
    const socket = incoming?.socket;
    if (!socket) return;
    const look = async () => {
      const found = await signIns.find(cookie).catch(() => undefined);
      if (found !== signIn) socket.destroy();
    };
    hold(signIn, socket, setInterval(look, longestMs));
  }

  return {
    async named(context, next) {
      // A web page whose name was made to point here would ask for its own name; an address cannot be made to.
      const name = hostName(context.req.header("host"));
      if (!hostNames.includes(name) && !isAddress(name))
        return problem("misdirected", `ask for ${hostNames.join(" or ")}, not for ${name}`);
      return next();
    },

    async known(context, next) {
      const authorization = context.req.header("authorization");
      if (authorization !== undefined) {
        const scope = access.scopeOf(authorization);
        // A right token is let in whatever came before: it cannot be guessed, and nobody locks its holder out.
        if (!scope)
          return failed(context, "token", "send Authorization: Bearer and the token from the state folder");
        context.set("scope", scope);
        return next();
      }
      const cookie = getCookie(context, cookieName(context));
      if (cookie === undefined)
        return unauthorized("send Authorization: Bearer and the token from the state folder");
      const over = overLimit(failures, context, "cookie");
      if (over) return over;
      const signIn = await signIns.find(cookie);
      if (signIn === undefined) {
        // The browser forgets it, and so does not fail again.
        deleteCookie(context, cookieName(context), { path: "/", secure: isTls(context) });
        const refused = failed(
          context,
          "cookie",
          "this browser is not signed in any more: ask for a new link",
        );
        for (const line of context.res.headers.getSetCookie()) refused.headers.append("set-cookie", line);
        return refused;
      }
      const { method } = context.req;
      const header = (name: string) => context.req.header(name);
      const host = header("host") ?? "";
      const site = header("sec-fetch-site");
      const socket = isSocket(context);
      const mode = header("sec-fetch-mode");
      if (!isOwnRequest({ method, host, origin: header("origin"), site, mode, socket }))
        return problem("forbidden", "a browser may ask this from the server's own pages alone");
      context.set("scope", "person");
      context.set("signIn", signIn);
      if (socket) keepSocket(signIn, cookie, context.env);
      else keep(signIn, context.env);
      return next();
    },

    cut(signIn, but) {
      for (const outgoing of open.get(signIn) ?? []) if (outgoing !== but) outgoing.destroy();
    },
  };

  function failed(context: Context<ApiEnv>, kind: string, detail: string): Response {
    const over = overLimit(failures, context, kind);
    if (over) return over;
    const who = callerOf(context);
    if (who !== undefined) failures.failed(`${kind} ${who}`);
    return unauthorized(detail);
  }
}

const unauthorized = (detail: string): Response =>
  problem("unauthorized", detail, { headers: { "www-authenticate": 'Bearer realm="tutti"' } });

/** The answer to a caller who failed too often with a kind of credential. */
export function overLimit(
  failures: FailureLimit,
  context: Context<ApiEnv>,
  kind: string,
): Response | undefined {
  const who = callerOf(context);
  const wait = who === undefined ? 0 : failures.wait(`${kind} ${who}`);
  if (wait === 0) return undefined;
  const seconds = Math.ceil(wait / 1_000);
  return problem("too-many-failures", `too many wrong credentials came from here: wait ${seconds} seconds`, {
    headers: { "retry-after": String(seconds) },
  });
}

/**
 * Whose failures are counted: a network address, with its network where everybody has many of them. Undefined for a caller on
 * the unix socket: only the person's own programs reach it.
 */
export function callerOf({ env }: Context<ApiEnv>): string | undefined {
  const address = env.incoming?.socket.remoteAddress;
  if (address === undefined || isIP(address) !== 6 || address.startsWith("::ffff:")) return address;
  const [head = "", tail = ""] = address.split("::", 2);
  const [front, back] = [head, tail].map((part) => (part === "" ? [] : part.split(":"))) as [
    string[],
    string[],
  ];
  return [...front, ...Array(Math.max(0, 8 - front.length - back.length)).fill("0"), ...back]
    .slice(0, 4)
    .join(":");
}

/** Cookies know no ports: two servers of one machine tell theirs apart by name. */
export function cookieName(context: Context<ApiEnv>): string {
  const [, port] = /:(\d+)$/.exec(context.req.header("host") ?? "") ?? [];
  return `${isTls(context) ? "__Host-" : ""}tutti-${port ?? "0"}`;
}

/** Whether the browser came over TLS, to this server or to something before it that has taken TLS off. */
export const isTls = (context: Context<ApiEnv>): boolean =>
  context.env.incoming?.socket instanceof TLSSocket ||
  context.req.header("x-forwarded-proto")?.split(",")[0]?.trim().toLowerCase() === "https";

/** Whether the caller asks for a WebSocket. */
export const isSocket = (context: Context<ApiEnv>): boolean =>
  context.req.header("upgrade")?.toLowerCase() === "websocket";

const isAddress = (name: string): boolean => isIP(name.replace(/^\[(.*)\]$/, "$1")) !== 0;

const hostName = (host: string | undefined): string => (host ?? "").replace(/:\d+$/, "").toLowerCase();
