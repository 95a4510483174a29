/** The public API as a person's browser uses it, answered out of the gallery's log. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Look, LookAnswer, Refusal, RouteName, routes } from "@tutti/core";
import { knownAgents } from "./agents.ts";
import { readCost } from "./cost.ts";
import { readInbox } from "./inbox.ts";
import type { Log } from "./log.ts";
import { harnesses, host, now, person } from "./names.ts";
import { checkPolicy, explain, rules, shadow } from "./policies.ts";
import { cursorOf, openStream } from "./streams.ts";
import { listSessions } from "./summary.ts";

type Spec<N extends RouteName> = (typeof routes)[N];
type Part<N extends RouteName, P extends string> =
  Spec<N> extends { [K in P]: { _output: infer Value } } ? Value : undefined;

export interface Asked<N extends RouteName> {
  params: Part<N, "params">;
  query: Part<N, "query">;
  body: Part<N, "body">;
  request: IncomingMessage;
  response: ServerResponse;
}

/** A refusal becomes a problem; `streamed` was answered by its stream already. */
export type Answer<N extends RouteName> =
  | { json: Spec<N>["output"]["_output"] }
  | { refusal: Refusal | { kind: "not-found" | "unavailable"; message: string } }
  | { streamed: true };

export type Answers = { readonly [N in RouteName]?: (asked: Asked<N>) => Answer<N> };

const version = "0.1.0";

/** @param look what the machine answers; @param isConnected whether it is there. */
export function openAnswers(log: Log, look: (look: Look) => LookAnswer, isConnected: () => boolean): Answers {
  let seenAt: string | null = "2026-03-14T11:30:00.000Z";
  const devices = new Set<string>();
  let signIns = [
    {
      id: "sign-in-laptop",
      browser: "Firefox on Linux",
      createdAt: "2026-03-02T08:00:00.000Z",
      seenAt: now,
      expiresAt: "2026-04-02T08:00:00.000Z",
      current: true,
    },
    {
      id: "sign-in-phone",
      browser: "Safari on iPhone",
      createdAt: "2026-03-08T19:20:00.000Z",
      seenAt: "2026-03-14T13:40:00.000Z",
      expiresAt: "2026-04-08T19:20:00.000Z",
      current: false,
    },
  ];
  const unknown = (id: string) =>
    ({ refusal: { kind: "unknown-session", message: `there is no session ${id}`, field: "id" } }) as const;

  return {
    health: () => ({ json: { version, database: "ok", startedAt: "2026-03-14T06:00:00.000Z" } }),
    self: () => ({ json: { name: person.name, version, pushKey: "BNlT7u3c" } }),
    command: ({ body }) => {
      const sent = log.send(body);
      return sent.ok ? { json: sent.receipt } : { refusal: sent.refusal };
    },
    commandBatch: ({ body }) => ({ json: { sent: body.commands.map((envelope) => log.send(envelope)) } }),
    sessions: ({ query }) => ({ json: { sessions: listSessions(log, query) } }),
    session: ({ params: { id } }) => {
      const state = log.state(id);
      return state ? { json: { state } } : unknown(id);
    },
    family: ({ params: { id } }) => {
      const root = log.state(id);
      return root ? { json: { root, children: log.children(id), position: log.position } } : unknown(id);
    },
    timeline: ({ params: { id }, query: { before, limit } }) => {
      if (!log.state(id)) return unknown(id);
      const all = log.family(id).filter(({ position }) => before === undefined || position < before);
      return { json: { events: all.slice(-limit), more: all.length > limit } };
    },
    sessionEvents: ({ params: { id }, query: { after, limit, follow }, request, response }) => {
      if (!log.state(id)) return unknown(id);
      if (follow === "false") {
        const own = log.events.filter(({ session, seq }) => session === id && seq > after);
        return { json: { events: own.slice(0, limit) } };
      }
      const wanted = (session: string) => session === id;
      openStream(log, response, { after: cursorOf(request, after), by: "seq", wanted, deltas: false });
      return { streamed: true };
    },
    events: ({ query: { after, host: of, session }, request, response }) => {
      const wanted = (one: string) =>
        (of === undefined || log.state(one)?.spec.host === of) &&
        (session === undefined || one === session || log.rootOf(one) === session);
      const cursor = cursorOf(request, after) ?? log.position;
      openStream(log, response, { after: cursor, by: "position", wanted, deltas: of === undefined });
      return { streamed: true };
    },
    inbox: () => ({ json: readInbox(log, seenAt) }),
    inboxSeen: ({ body: { at } }) => {
      seenAt = at;
      return { json: {} };
    },
    cost: ({ query }) => ({ json: readCost(log, query) }),
    hosts: () => ({
      json: {
        hosts: [{ id: host, name: host, epoch: 7, connected: isConnected(), harnesses: [...harnesses] }],
      },
    }),
    look: ({ body }) =>
      isConnected() && body.host === host
        ? { json: { answer: look(body.look) } }
        : { refusal: { kind: "unavailable", message: `${body.host} is not connected` } },
    signIns: () => ({ json: { signIns } }),
    signInLink: () => ({
      json: { path: "/sign-in#k7Qm2v9RtYxW4p", expiresAt: "2026-03-14T13:51:00.000Z" },
    }),
    revokeSignIn: ({ params: { id } }) => {
      const before = signIns.length;
      signIns = signIns.filter((one) => one.id !== id);
      return { json: { revoked: signIns.length < before } };
    },
    pushSubscribe: ({ body: { endpoint } }) => {
      devices.add(endpoint);
      return { json: {} };
    },
    pushUnsubscribe: ({ body: { endpoint } }) => ({ json: { removed: devices.delete(endpoint) } }),
    agents: () => ({ json: knownAgents }),
    policyRules: () => ({ json: rules }),
    policyCheck: ({ body }) => ({ json: checkPolicy(body) }),
    policyShadow: () => ({ json: shadow }),
    policyTest: ({ response }) => {
      response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
      const report = { sessions: 20, judged: 214, same: 214, changes: [], drifted: 0, notes: [] };
      for (const frame of [
        { type: "progress", sessions: 20, of: 20, judged: 214 },
        { type: "done", report },
      ])
        response.write(`data: ${JSON.stringify(frame)}\n\n`);
      response.end();
      return { streamed: true };
    },
    explanation: ({ params: { id } }) => {
      const found = explain(log, id);
      return found
        ? { json: found }
        : { refusal: { kind: "not-found", message: `nothing is known of ${id}` } };
    },
  };
}
