/** The public API as functions: typed by core's routes, patient with a server that restarts. */
import {
  type CommandEnvelope,
  fold,
  type HarnessCard,
  type Image,
  type ImageContent,
  type Inbox,
  type LoggedEvent,
  type Look,
  type LookAnswerOf,
  type PolicyTest,
  type PolicyTestFrame,
  type PushSubscription,
  policyTestFrameSchema,
  type RouteName,
  type Sent,
  type SessionState,
  type SessionSummary,
} from "@tutti/core";
import { type FollowAllOptions, followAll, followSession, type Message } from "./follow.ts";
import { ProblemError } from "./problem.ts";
import { readFrames } from "./server-sent-events.ts";
import { type Fetch, openTransport, type RouteInput, type RouteOutput } from "./transport.ts";

export interface ClientOptions {
  /** Where the server is, such as `http://127.0.0.1:7777`. */
  baseUrl: string;
  /** From the server's state folder. A browser that is signed in needs none: its cookie goes with each request. */
  token?: string;
  /** Another way to reach the server: `nodeFetch` of `@tutti/client/node` dials a unix socket. */
  fetch?: Fetch;
  /** How long to go on trying to reach a server that doesn't answer, in milliseconds. */
  patienceMs?: number;
}

type Query<Name extends RouteName> = NonNullable<RouteInput<Name>["query"]>;

/**
 * What the public API does. Every call throws `ProblemError` when the server says no, and `UnreachableError` when it
 * doesn't answer for longer than the client is patient. Following goes on for ever instead, until its signal aborts.
 */
export interface Client {
  /** Sends a command. It is tried again under its id until an answer comes: the first receipt is the answer then too. */
  command(envelope: CommandEnvelope, options?: { signal?: AbortSignal }): Promise<Sent>;
  /** Sends commands of one session in order, in one transaction. Tried again as `command` is. */
  commands(envelopes: readonly CommandEnvelope[], options?: { signal?: AbortSignal }): Promise<Sent[]>;
  /** Sessions, the latest first. `parent: ""` means root sessions. */
  sessions(query?: Query<"sessions">): Promise<SessionSummary[]>;
  session(id: string): Promise<SessionState>;
  /** A session and its children, in the order in which these began. Following after `position` misses nothing of them. */
  family(id: string): Promise<Family>;
  /** A page of a session's and its children's events, in their order: the latest, or those before a position. */
  timeline(id: string, query?: Query<"timeline">): Promise<RouteOutput<"timeline">>;
  /** A page of a session's events. */
  events(id: string, query?: { after?: number; limit?: number }): Promise<LoggedEvent[]>;
  /** A session's events after a seq: those that are there, then those that come; every one, once, in order. */
  follow(id: string, options?: { after?: number; signal?: AbortSignal }): AsyncIterable<LoggedEvent>;
  /** Many sessions' events after a position, or from now on. */
  followAll(options?: FollowAllOptions): AsyncIterable<Message>;
  /** A session's state, now and after every event. */
  live(id: string, options?: { signal?: AbortSignal }): AsyncIterable<SessionState>;
  join(host: { id: string; name: string; harnesses?: readonly HarnessCard[] }): Promise<RouteOutput<"join">>;
  hosts(): Promise<RouteOutput<"hosts">["hosts"]>;
  /** Asks a machine something that changes nothing. A machine that is not here is told at once, as a problem `unavailable`. */
  look<L extends Look>(
    host: string,
    look: L,
    options?: { signal?: AbortSignal },
  ): Promise<LookAnswerOf<L["type"] | "look.failed">>;
  /** What this machine saw, for who asked. */
  answerLook(
    id: string,
    body: NonNullable<RouteInput<"lookAnswer">["body"]>,
    options?: { signal?: AbortSignal },
  ): Promise<void>;
  /** The agents that are known, also in a repository of the server's machine. */
  agents(query?: Query<"agents">): Promise<RouteOutput<"agents">>;
  /** Makes a link that signs one browser in, once, within five minutes: the server's address and `path`. It is a secret. */
  signInLink(): Promise<RouteOutput<"signInLink">>;
  /** The browsers that are signed in, the latest first. */
  signIns(): Promise<RouteOutput<"signIns">["signIns"]>;
  /** Signs a browser out; false when it was not signed in. */
  revokeSignIn(id: string): Promise<boolean>;
  /** Whom the caller speaks for, and the key that a device's push subscription is bound to. */
  self(): Promise<RouteOutput<"self">>;
  /** From now on this browser's device is told what needs the person. */
  pushSubscribe(subscription: PushSubscription): Promise<void>;
  /** A device is told nothing any more; false when it was not told. */
  pushUnsubscribe(endpoint: string): Promise<boolean>;
  /** What the policies would say of a call. */
  policyCheck(body: NonNullable<RouteInput<"policyCheck">["body"]>): Promise<RouteOutput<"policyCheck">>;
  /** The rules in force, and where they come from. */
  policyRules(query?: Query<"policyRules">): Promise<RouteOutput<"policyRules">>;
  /** What rules that only report would have done. */
  policyShadow(since: string): Promise<RouteOutput<"policyShadow">>;
  /** Replays the log against other rules: progress, then `done` or `failed`. A stream that breaks is thrown, not begun anew. */
  policyTest(body: PolicyTest, options?: { signal?: AbortSignal }): AsyncIterable<PolicyTestFrame>;
  /** How a call, a push, a turn or a question came to its decision. */
  explanation(id: string, query?: Query<"explanation">): Promise<RouteOutput<"explanation">>;
  /** A page of the audit. */
  audit(query?: Query<"audit">): Promise<RouteOutput<"audit">>;
  auditVerification(query?: Query<"auditVerification">): Promise<RouteOutput<"auditVerification">>;
  /** What was used and what it cost. */
  cost(query?: Query<"cost">): Promise<RouteOutput<"cost">>;
  /** What waits for a person, and what came to rest since they last looked. */
  inbox(): Promise<Inbox>;
  /** The person has seen what happened up to a time. */
  inboxSeen(at: string): Promise<void>;
  /** Stores an image, in base64, that is to go along with words. */
  storeImage(data: string): Promise<Image>;
  image(id: string): Promise<ImageContent>;
  delta(body: NonNullable<RouteInput<"delta">["body"]>): Promise<void>;
  health(): Promise<RouteOutput<"health">>;
}

/** The states of a session and its children; each holds every event up to `position` and may hold later ones. */
export interface Family {
  root: SessionState;
  children: readonly SessionState[];
  position: number;
}

const defaultPatienceMs = 15_000;

export function createClient(options: ClientOptions): Client {
  const { baseUrl, token, fetch = globalThis.fetch, patienceMs = defaultPatienceMs } = options;
  const transport = openTransport({ baseUrl, ...(token !== undefined && { token }), fetch, patienceMs });
  const { ask } = transport;

  const session = async (id: string): Promise<SessionState> => {
    const { state } = await ask("session", { params: { id } });
    // The server's fold made it; it is not parsed again.
    return state as SessionState;
  };

  return {
    async command(body, { signal } = {}) {
      try {
        return { ok: true, receipt: await ask("command", { body, ...(signal && { signal }) }) };
      } catch (error) {
        const refusal = error instanceof ProblemError ? error.refusal : undefined;
        if (refusal) return { ok: false, refusal };
        throw error;
      }
    },
    async commands(envelopes, { signal } = {}) {
      const body = { commands: [...envelopes] };
      return (await ask("commandBatch", { body, ...(signal && { signal }) })).sent;
    },
    sessions: async (query = {}) => (await ask("sessions", { query })).sessions,
    session,
    async family(id) {
      const { root, children, position } = await ask("family", { params: { id } });
      // As above.
      return { root: root as SessionState, children: children as SessionState[], position };
    },
    timeline: (id, query = {}) => ask("timeline", { params: { id }, query }),
    events: async (id, query = {}) => (await ask("sessionEvents", { params: { id }, query })).events,
    follow: (id, following = {}) => followSession(transport, id, following),
    followAll: (following = {}) => followAll(transport, following),
    async *live(id, { signal } = {}) {
      let state: SessionState | undefined = await session(id);
      yield state;
      for await (const logged of followSession(transport, id, { after: state.seq, signal })) {
        state = fold(state, logged);
        if (state) yield state;
      }
    },
    join: ({ id, name, harnesses = [] }) => ask("join", { body: { id, name, harnesses: [...harnesses] } }),
    hosts: async () => (await ask("hosts", {})).hosts,
    async look<L extends Look>(host: string, look: L, { signal }: { signal?: AbortSignal } = {}) {
      const { answer } = await ask("look", { body: { host, look }, ...(signal && { signal }) }, "throw");
      if (answer.type !== look.type && answer.type !== "look.failed")
        throw new Error(`the machine answered ${answer.type} to ${look.type}`);
      return answer as LookAnswerOf<L["type"] | "look.failed">;
    },
    async answerLook(id, body, { signal } = {}) {
      await ask("lookAnswer", { params: { id }, body, ...(signal && { signal }) });
    },
    agents: (query = {}) => ask("agents", { query }),
    signInLink: () => ask("signInLink", {}),
    signIns: async () => (await ask("signIns", {})).signIns,
    revokeSignIn: async (id) => (await ask("revokeSignIn", { params: { id } })).revoked,
    self: () => ask("self", {}),
    async pushSubscribe(body) {
      await ask("pushSubscribe", { body });
    },
    pushUnsubscribe: async (endpoint) => (await ask("pushUnsubscribe", { body: { endpoint } })).removed,
    policyCheck: (body) => ask("policyCheck", { body }),
    policyRules: (query = {}) => ask("policyRules", { query }),
    policyShadow: (since) => ask("policyShadow", { query: { since } }),
    async *policyTest(body, { signal } = {}) {
      const stream = await transport.stream("policyTest", { body, ...(signal && { signal }) });
      for await (const { data } of readFrames(stream, () => {}))
        yield policyTestFrameSchema.parse(JSON.parse(data));
    },
    explanation: (id, query = {}) => ask("explanation", { params: { id }, query }),
    audit: (query = {}) => ask("audit", { query }),
    auditVerification: (query = {}) => ask("auditVerification", { query }),
    cost: (query = {}) => ask("cost", { query }),
    inbox: () => ask("inbox", {}),
    inboxSeen: async (at) => {
      await ask("inboxSeen", { body: { at } });
    },
    storeImage: (data) => ask("imageStore", { body: { data } }),
    image: (id) => ask("image", { params: { id } }),
    delta: async (body) => {
      await ask("delta", { body });
    },
    health: () => ask("health", {}),
  };
}
