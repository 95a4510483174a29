/** How a route of core's table is answered: typed input in, typed output or a ready response out. */

import type { HttpBindings } from "@hono/node-server";
import type { Actor, RouteName, routes } from "@tutti/core";
import type { Context } from "hono";
import type { TokenScope } from "../access/tokens.ts";

/** Who calls, by the credential that came with the request. */
export interface Caller {
  scope: TokenScope;
  actor: Actor;
  /** The sign-in of the browser that calls; undefined for who came by a token. */
  signIn: string | undefined;
}

export interface ApiEnv {
  Bindings: Partial<HttpBindings>;
  Variables: { scope: TokenScope; signIn?: string };
}

type Spec<N extends RouteName> = (typeof routes)[N];
type Parsed<S, Part extends string> = S extends { [P in Part]: { _output: infer Output } }
  ? Output
  : undefined;

export interface RouteInput<N extends RouteName> {
  params: Parsed<Spec<N>, "params">;
  query: Parsed<Spec<N>, "query">;
  body: Parsed<Spec<N>, "body">;
  caller: Caller;
  context: Context<ApiEnv>;
}

/** Answers a route. A response is sent as it is; anything else is the route's output. */
export type Endpoint<N extends RouteName> = (
  input: RouteInput<N>,
) => Promise<Spec<N>["output"]["_output"] | Response>;

export type Endpoints = { readonly [N in RouteName]: Endpoint<N> };
