/** How requests reach the server: addresses, tokens, retries. */
import { type RouteName, type RouteSpec, routes } from "@tutti/core";
import { patience } from "./patience.ts";
import { ProblemError, problemOf, UnreachableError } from "./problem.ts";

/** What is needed of `fetch`. */
export type Fetch = (
  url: string,
  init: {
    method: string;
    headers: Record<string, string>;
    body?: string;
    signal?: AbortSignal;
  },
) => Promise<Response>;

type Spec<N extends RouteName> = (typeof routes)[N];
type Part<N extends RouteName, P extends string> =
  Spec<N> extends { [K in P]: { _output: infer Value } } ? Value : undefined;

/** What a route takes; what has a default may be left out of the query. */
export interface RouteInput<N extends RouteName> {
  params?: Part<N, "params">;
  query?: Partial<Part<N, "query">>;
  body?: Part<N, "body">;
  signal?: AbortSignal;
}
export type RouteOutput<N extends RouteName> = Spec<N>["output"]["_output"];

export interface Transport {
  /**
   * Asks a route and answers what it says. A connection that breaks, and a server that is stopping, are tried again: every
   * route may be asked twice. Throws `ProblemError` when the server says no, `UnreachableError` when patience is over.
   *
   * @param notNow what to do when the server says "not now": `wait` (unless given) and try again, or `throw` its problem.
   */
  ask<N extends RouteName>(name: N, input: RouteInput<N>, notNow?: "wait" | "throw"): Promise<RouteOutput<N>>;
  /** Opens a route's stream, once. Throws as `ask`, and whatever the connection meets. */
  stream<N extends RouteName>(name: N, input: RouteInput<N>): Promise<ReadableStream<Uint8Array>>;
}

export interface TransportOptions {
  baseUrl: string;
  token?: string;
  fetch: Fetch;
  patienceMs: number;
}

export function openTransport({ baseUrl, token, fetch, patienceMs }: TransportOptions): Transport {
  async function send(name: RouteName, input: RouteInput<RouteName>, accept: string): Promise<Response> {
    const route: RouteSpec = routes[name];
    const { params, query, body, signal } = input;
    const url = new URL(baseUrl);
    url.pathname = path(route.path, params);
    for (const [field, value] of Object.entries(query ?? {}))
      if (value !== undefined) url.searchParams.set(field, String(value));
    const headers = { accept, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
    const response = await fetch(url.href, {
      method: route.method,
      headers: body === undefined ? headers : { ...headers, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
    if (!response.ok) throw await problemOf(response);
    return response;
  }

  return {
    async ask(name, input, notNow = "wait") {
      const waiting = patience(patienceMs, input.signal);
      for (;;) {
        try {
          const response = await send(name, input, "application/json");
          const answered: unknown = JSON.parse(await response.text());
          const output: RouteSpec["output"] = routes[name].output;
          return output.parse(answered) as RouteOutput<typeof name>;
        } catch (error) {
          if (!isPassing(error) || (notNow === "throw" && error instanceof ProblemError)) throw error;
          if (await waiting.again()) continue;
          input.signal?.throwIfAborted();
          throw new UnreachableError("the server cannot be reached", { cause: error });
        }
      }
    },
    async stream(name, input) {
      const { body } = await send(name, input, "text/event-stream");
      if (!body) throw new Error("the server answered without a stream");
      return body;
    },
  };
}

/** Whether another try may go better: the connection broke, or the server says that it is for now. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === "ProblemError")
    return "problem" in error && [502, 503, 504].includes(statusOf(error.problem));
  // What the server said and could not be read is no matter of the connection.
  return !(error.name === "ZodError" || error instanceof SyntaxError || error.name === "AbortError");
}

const statusOf = (problem: unknown): number =>
  typeof problem === "object" && problem !== null && "status" in problem ? Number(problem.status) : 0;

function path(template: string, params: unknown): string {
  const values = new Map(Object.entries(params ?? {}));
  return template.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(values.get(name) ?? "")));
}
