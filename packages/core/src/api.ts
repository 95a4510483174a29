/**
 * The public routes: method, path, input, output, scope. The server's handlers, the OpenAPI document and the client are
 * derived from this table.
 */
import { z } from "zod";
import { agentSchema } from "./agent.ts";
import { auditHeadSchema, auditQuerySchema, auditRowSchema, auditVerificationSchema } from "./audit.ts";
import {
  commandEnvelopeSchema,
  leaseSchema,
  receiptSchema,
  type Scope,
  scopeSchema,
  sentSchema,
} from "./commands.ts";
import { deltaSchema, idSchema, loggedEventSchema } from "./events.ts";
import { harnessCardSchema } from "./harness-card.ts";
import { imageBytes, imageContentSchema, imageIdSchema, imageSchema } from "./image.ts";
import { inboxSchema } from "./inbox.ts";
import {
  explanationSchema,
  policyCheckAnswerSchema,
  policyCheckSchema,
  policyListSchema,
  policyPlaceSchema,
  policyTestFrameSchema,
  policyTestSchema,
  shadowReportSchema,
} from "./inquiry.ts";
import { lookAnswerSchema, lookSchema } from "./look.ts";
import { activitySchema } from "./session/activity.ts";
import { outcomeSchema, phaseSchema } from "./task.ts";
import { terminalQuerySchema } from "./terminal.ts";
import { costSourceSchema } from "./usage.ts";

/** RFC 9457. `field` names the field of the input that is wrong. */
export const problemSchema = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  field: z.string().optional(),
});
export type Problem = z.infer<typeof problemSchema>;

/** A session in a list. */
export const sessionSummarySchema = z.strictObject({
  id: idSchema,
  title: z.string(),
  agent: z.string(),
  host: z.string(),
  parent: z.string().nullable(),
  role: z.string().nullable(),
  status: z.enum(["working", "waiting", "idle", "closed"]),
  /** Why it is where it is, in a few words. */
  detail: z.string(),
  /** What it is doing; a root session waits for a person when one of its agents does. */
  activity: activitySchema,
  /** The repository's folder; null when it is not known yet. */
  repository: z.string().nullable(),
  /** Where its only, or its slowest open, task is; null without one. */
  phase: phaseSchema.nullable(),
  tasks: z.strictObject({ total: z.int(), ended: z.int() }),
  /** How its first ended task ended; null while none has. */
  outcome: outcomeSchema.nullable(),
  /** Ids of the harnesses that worked on it, in the order in which they came. */
  harnesses: z.array(z.string()),
  /** What its latest candidates change; null without one. */
  changes: z.strictObject({ files: z.int(), additions: z.int(), deletions: z.int() }).nullable(),
  /** How many questions wait for a person, its agents' too. */
  questions: z.int(),
  seq: z.int(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  costUsd: z.number().nullable(),
  costSource: costSourceSchema,
});
export type SessionSummary = z.infer<typeof sessionSummarySchema>;

/** A machine that joined. */
export const hostSchema = z.strictObject({
  id: idSchema,
  name: z.string(),
  epoch: z.int(),
  connected: z.boolean(),
  /** The harnesses that it can play. */
  harnesses: z.array(harnessCardSchema),
});
export type Host = z.infer<typeof hostSchema>;

/** A browser that was signed in. */
export const signInSchema = z.strictObject({
  id: idSchema,
  /** As it calls itself. */
  browser: z.string(),
  createdAt: z.iso.datetime(),
  /** To the minute. */
  seenAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  /** Whether it is the one that asks. */
  current: z.boolean(),
});
export type SignIn = z.infer<typeof signInSchema>;
const count = z.int().min(0);

/** What was used, and what is known of its price. No amount holds what nobody has a price for. */
export const costSumsSchema = z.strictObject({
  /** Entries of usage: a model call each, where the harness tells of single calls. */
  calls: count,
  input: count,
  cacheRead: count,
  cacheWrite: count,
  output: count,
  /** US dollars that the harness itself reported. */
  reportedUsd: z.number().min(0),
  /** US dollars at list price. */
  listUsd: z.number().min(0),
  /** What was used on flat subscriptions, at list price, and calls there that have none. */
  subscriptionUsd: z.number().min(0),
  subscriptionCalls: count,
  subscriptionUnknownCalls: count,
  /** Calls whose price nobody can say. */
  unknownCalls: count,
});
export type CostSums = z.infer<typeof costSumsSchema>;

export const costBySchema = z.enum(["session", "task", "vendor", "model", "day"]);
export type CostBy = z.infer<typeof costBySchema>;

/** One row of a cost report. */
export const costRowSchema = costSumsSchema.extend({
  /** The session, task, vendor, model or day (UTC); null for an unknown vendor and for what belongs to no task. */
  key: z.string().nullable(),
  /** The root session, for sessions and tasks. */
  root: z.string().nullable(),
  /** The session's title, or for a task its request's. */
  title: z.string().nullable(),
});
export type CostRow = z.infer<typeof costRowSchema>;

/** A change that was merged, with what all agents used for its task. */
export const mergedChangeSchema = costSumsSchema.extend({
  root: z.string(),
  task: z.string(),
  title: z.string(),
  commit: z.string().nullable(),
  at: z.iso.datetime(),
});
export type MergedChange = z.infer<typeof mergedChangeSchema>;

/** A device's own address at its push service, as the browser gives it. */
export const pushSubscriptionSchema = z.strictObject({
  endpoint: z.url({ protocol: /^https$/ }).max(2_000),
  keys: z.strictObject({ p256dh: z.string().min(1).max(200), auth: z.string().min(1).max(100) }),
});
export type PushSubscription = z.infer<typeof pushSubscriptionSchema>;

const after = z.coerce.number().int().min(0).default(0);

/** What a route's answer is: JSON of a schema, or a stream of server-sent events whose `data` is JSON of the schema. */
export interface RouteSpec {
  method: "GET" | "POST";
  path: string;
  summary: string;
  scopes: readonly Scope[];
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  output: z.ZodType;
  stream?: boolean;
  /** The answer is a WebSocket. */
  socket?: boolean;
}

const everyone = scopeSchema.options;

export const routes = {
  health: {
    method: "GET",
    path: "/v1/health",
    summary: "Whether the server and its database answer.",
    scopes: everyone,
    output: z.strictObject({ version: z.string(), database: z.literal("ok"), startedAt: z.iso.datetime() }),
  },
  command: {
    method: "POST",
    path: "/v1/commands",
    summary: "Sends a command. Its id is the idempotency key: the same id again gets the first receipt.",
    scopes: everyone,
    body: commandEnvelopeSchema,
    output: receiptSchema,
  },
  commandBatch: {
    method: "POST",
    path: "/v1/command-batches",
    summary:
      "Sends commands of one session in one transaction, in order. A refused one changes nothing; the next are carried out.",
    scopes: everyone,
    body: z.strictObject({
      commands: z
        .array(commandEnvelopeSchema)
        .min(1)
        .max(100)
        .refine(
          (all) => all.every(({ session }) => session === all[0]?.session),
          "a batch is about one session",
        ),
    }),
    output: z.strictObject({ sent: z.array(sentSchema) }),
  },
  sessions: {
    method: "GET",
    path: "/v1/sessions",
    summary: "Sessions, the latest first.",
    scopes: everyone,
    query: z.strictObject({
      /** Only root sessions, only children of one, or all. */
      parent: z.string().optional(),
      host: idSchema.optional(),
      /** Only those with an open turn, unanswered work or a question. */
      active: z.enum(["true", "false"]).optional(),
      /** Whether closed sessions are wanted, and no others; all when left out. */
      closed: z.enum(["true", "false"]).optional(),
      /** Only those whose title, repository or transcript, or whose agents' transcripts, hold these words. */
      search: z.string().min(1).max(200).optional(),
      limit: z.coerce.number().int().min(1).max(1_000).default(100),
    }),
    output: z.strictObject({ sessions: z.array(sessionSummarySchema) }),
  },
  session: {
    method: "GET",
    path: "/v1/sessions/:id",
    summary: "A session's state: the fold of its log.",
    scopes: everyone,
    params: z.strictObject({ id: idSchema }),
    /** The state's shape is `SessionState`; it is built by the fold and not parsed again. */
    output: z.strictObject({ state: z.unknown() }),
  },
  family: {
    method: "GET",
    path: "/v1/sessions/:id/family",
    summary: "The states of a session and its children, as they were at one position of the log or later.",
    scopes: everyone,
    params: z.strictObject({ id: idSchema }),
    /** The states' shape is `SessionState`. Events after `position` that a state's `seq` covers are in it already. */
    output: z.strictObject({ root: z.unknown(), children: z.array(z.unknown()), position: z.int() }),
  },
  timeline: {
    method: "GET",
    path: "/v1/sessions/:id/timeline",
    summary:
      "A page of the events of a session and its children in their common order, from the end backwards.",
    scopes: everyone,
    params: z.strictObject({ id: idSchema }),
    query: z.strictObject({
      /** Only events before this position; the latest when left out. */
      before: z.coerce.number().int().min(1).optional(),
      limit: z.coerce.number().int().min(1).max(2_000).default(500),
    }),
    /** In their order. `more`: there are earlier ones. */
    output: z.strictObject({ events: z.array(loggedEventSchema), more: z.boolean() }),
  },
  sessionEvents: {
    method: "GET",
    path: "/v1/sessions/:id/events",
    summary:
      "A session's events after a seq: a page of JSON, or with `follow` a stream that goes on for ever.",
    scopes: everyone,
    params: z.strictObject({ id: idSchema }),
    query: z.strictObject({
      after,
      limit: z.coerce.number().int().min(1).max(5_000).default(1_000),
      follow: z.enum(["true", "false"]).default("false"),
    }),
    output: z.strictObject({ events: z.array(loggedEventSchema) }),
    stream: true,
  },
  events: {
    method: "GET",
    path: "/v1/events",
    summary:
      "All sessions' events after a position, as a stream. `event: delta` frames carry text that is not stored.",
    scopes: everyone,
    query: z.strictObject({
      /** Without it the stream starts now. */
      after: z.coerce.number().int().min(0).optional(),
      host: idSchema.optional(),
      session: idSchema.optional(),
    }),
    output: loggedEventSchema,
    stream: true,
  },
  cost: {
    method: "GET",
    path: "/v1/cost",
    summary:
      "What was used and what it cost, by session, task, vendor, model or day (UTC); and per merged change.",
    scopes: everyone,
    query: z.strictObject({
      by: costBySchema.default("session"),
      /** Only what was used, and merged, at this time or later. */
      since: z.iso.datetime().optional(),
      /** Only this root session and all below it. */
      root: idSchema.optional(),
      limit: z.coerce.number().int().min(1).max(1_000).default(100),
    }),
    output: z.strictObject({
      /** The dearest first; days the latest first. */
      rows: z.array(costRowSchema),
      /** Of all rows, also of those beyond the limit. */
      total: costSumsSchema,
      /** The latest first. */
      merged: z.array(mergedChangeSchema),
    }),
  },
  imageStore: {
    method: "POST",
    path: "/v1/images",
    summary: "Stores an image that is to go along with words. The same image again is the same one.",
    scopes: ["person"],
    body: z.strictObject({ data: z.base64().max(Math.ceil(imageBytes / 3) * 4) }),
    output: imageSchema,
  },
  image: {
    method: "GET",
    path: "/v1/images/:id",
    summary: "An image's content.",
    scopes: ["person", "runner"],
    params: z.strictObject({ id: imageIdSchema }),
    output: imageContentSchema,
  },
  delta: {
    method: "POST",
    path: "/v1/deltas",
    summary: "Text of an item that is not whole yet: passed on to who watches, never stored.",
    scopes: ["runner"],
    body: z.strictObject({ lease: leaseSchema, delta: deltaSchema }),
    output: z.strictObject({}),
  },
  join: {
    method: "POST",
    path: "/v1/hosts",
    summary: "A machine joins. Its new epoch ends the leases of the one before.",
    scopes: ["runner"],
    body: z.strictObject({
      id: idSchema,
      name: z.string().min(1).max(200),
      harnesses: z.array(harnessCardSchema).max(100).default([]),
    }),
    output: z.strictObject({ lease: leaseSchema, position: z.int() }),
  },
  look: {
    method: "POST",
    path: "/v1/looks",
    summary:
      "Asks a machine something that changes nothing. `unavailable` when it is not here or does not answer in time.",
    scopes: ["person"],
    body: z.strictObject({ host: idSchema, look: lookSchema }),
    output: z.strictObject({ answer: lookAnswerSchema }),
  },
  lookAnswer: {
    method: "POST",
    path: "/v1/looks/:id/answer",
    summary: "What a machine saw. An answer that nobody waits for any more is dropped.",
    scopes: ["runner"],
    params: z.strictObject({ id: idSchema }),
    body: z.strictObject({ lease: leaseSchema, answer: lookAnswerSchema }),
    output: z.strictObject({}),
  },
  terminal: {
    method: "GET",
    path: "/v1/terminals",
    summary: "A WebSocket to a shell in a folder of a machine, with the person's rights and unconfined.",
    scopes: ["person"],
    query: terminalQuerySchema,
    output: z.never(),
    socket: true,
  },
  terminalDial: {
    method: "GET",
    path: "/v1/terminals/:id",
    summary: "The machine's WebSocket of a terminal that it was asked for.",
    scopes: ["runner"],
    params: z.strictObject({ id: idSchema }),
    query: z.strictObject({ host: idSchema, epoch: z.coerce.number().int() }),
    output: z.never(),
    socket: true,
  },
  inbox: {
    method: "GET",
    path: "/v1/inbox",
    summary: "What waits for a person, across all sessions, and what happened since they last looked.",
    scopes: ["person"],
    output: inboxSchema,
  },
  inboxSeen: {
    method: "POST",
    path: "/v1/inbox/seen",
    summary: "The person has seen what happened up to a time.",
    scopes: ["person"],
    body: z.strictObject({ at: z.iso.datetime() }),
    output: z.strictObject({}),
  },
  self: {
    method: "GET",
    path: "/v1/self",
    summary: "Whom the caller speaks for, and what this server can do for their device.",
    scopes: ["person"],
    output: z.strictObject({
      name: z.string(),
      version: z.string(),
      /** The key that a browser's push subscription is bound to; a URL-safe base64 text. */
      pushKey: z.string(),
    }),
  },
  pushSubscribe: {
    method: "POST",
    path: "/v1/push-subscriptions",
    summary:
      "From now on a device is told what needs the person. The same endpoint again replaces the first.",
    scopes: ["person"],
    body: pushSubscriptionSchema,
    output: z.strictObject({}),
  },
  pushUnsubscribe: {
    method: "POST",
    path: "/v1/push-subscriptions/remove",
    summary: "A device is told nothing any more. Whether there was one is told.",
    scopes: ["person"],
    body: z.strictObject({ endpoint: pushSubscriptionSchema.shape.endpoint }),
    output: z.strictObject({ removed: z.boolean() }),
  },
  hosts: {
    method: "GET",
    path: "/v1/hosts",
    summary: "The machines that are here.",
    scopes: everyone,
    output: z.strictObject({ hosts: z.array(hostSchema) }),
  },
  signInLink: {
    method: "POST",
    path: "/v1/sign-in-links",
    summary:
      "Makes a link that signs one browser in, once, within five minutes: the server's address and the path. It is a secret.",
    scopes: ["person"],
    output: z.strictObject({ path: z.string(), expiresAt: z.iso.datetime() }),
  },
  signIns: {
    method: "GET",
    path: "/v1/sign-ins",
    summary: "The browsers that are signed in, the latest first.",
    scopes: ["person"],
    output: z.strictObject({ signIns: z.array(signInSchema) }),
  },
  revokeSignIn: {
    method: "POST",
    path: "/v1/sign-ins/:id/revoke",
    summary: "Signs a browser out and ends its streams. Whether there was one to sign out is told.",
    scopes: ["person"],
    params: z.strictObject({ id: idSchema }),
    output: z.strictObject({ revoked: z.boolean() }),
  },
  agents: {
    method: "GET",
    path: "/v1/agents",
    summary: "The agents that the server knows, and the files that it could not read.",
    scopes: everyone,
    query: z.strictObject({ repository: z.string().optional() }),
    output: z.strictObject({
      agents: z.array(z.strictObject({ file: z.string(), agent: agentSchema })),
      problems: z.array(z.strictObject({ file: z.string(), message: z.string() })),
    }),
  },
  policyCheck: {
    method: "POST",
    path: "/v1/policy/check",
    summary: "What the policies would say of a call of an implementer. Nothing is stored.",
    scopes: ["person"],
    body: policyCheckSchema,
    output: policyCheckAnswerSchema,
  },
  policyRules: {
    method: "GET",
    path: "/v1/policy/rules",
    summary: "The rules in force for an implementer, and where they come from.",
    scopes: ["person"],
    query: policyPlaceSchema,
    output: policyListSchema,
  },
  policyTest: {
    method: "POST",
    path: "/v1/policy/tests",
    summary:
      "Replays the log against other rules of the server: a stream of progress that ends with the report, or with why there is none.",
    scopes: ["person"],
    body: policyTestSchema,
    output: policyTestFrameSchema,
    stream: true,
  },
  policyShadow: {
    method: "GET",
    path: "/v1/policy/shadow",
    summary: "What rules that only report would have done.",
    scopes: ["person"],
    query: z.strictObject({ since: z.iso.datetime() }),
    output: shadowReportSchema,
  },
  explanation: {
    method: "GET",
    path: "/v1/explanations/:id",
    summary:
      "How a tool call, a push, a turn or a question came to its decision, by its id or the beginning of it: every policy's vote.",
    scopes: ["person"],
    params: z.strictObject({ id: z.string().min(1).max(500) }),
    query: z.strictObject({ session: idSchema.optional() }),
    output: explanationSchema,
  },
  audit: {
    method: "GET",
    path: "/v1/audit",
    summary: "Rows of the audit, in their order.",
    scopes: ["person"],
    query: auditQuerySchema,
    output: z.strictObject({ rows: z.array(auditRowSchema), head: auditHeadSchema }),
  },
  auditVerification: {
    method: "GET",
    path: "/v1/audit/verification",
    summary:
      "Whether the audit's chain is whole and fits the log; with `anchor`, whether that hash is part of it.",
    scopes: ["person"],
    query: z.strictObject({ anchor: auditHeadSchema.shape.hash.optional() }),
    output: auditVerificationSchema,
  },
} as const satisfies Record<string, RouteSpec>;
export type RouteName = keyof typeof routes;
