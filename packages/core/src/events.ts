/**
 * Every fact that a session's log may hold. Past tense; payloads only grow.
 *
 * A root session holds the story of one request: tasks, work, evidence, verdicts, consent. A child session holds one agent's
 * turns for one task. Long is fine: it is one idea.
 */
import { z } from "zod";
import { confinementWishSchema, harnessChoiceSchema } from "./agent.ts";
import { answerSchema, approvalSubjectSchema, sessionRuleSchema } from "./approval.ts";
import { turnFailureSchema } from "./failure.ts";
import { imagesSchema } from "./image.ts";
import { decisionSchema, policyLevelSchema, policyStatesSchema, policyUseSchema } from "./policy.ts";
import { pushFactsSchema, pushOutcomeSchema } from "./push.ts";
import { findingSchema, reviewSchema } from "./review.ts";
import { outcomeSchema, phaseSchema, roleSchema, taskSpecSchema } from "./task.ts";
import { boundedTextSchema, lentToolSchema, toolCallSchema } from "./tool.ts";
import { servedUsageSchema } from "./usage.ts";
import { vendorSchema } from "./vendor.ts";
import { workRequestSchema, workResultSchema } from "./work.ts";

export const idSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,79}$/, "an id is lower case letters, digits and dashes, at most 80");
const sha = z.string().regex(/^[0-9a-f]{40,64}$/, "a git object id");

/** What a session is made of. */
export const sessionSpecSchema = z.strictObject({
  title: z.string().min(1).max(500),
  /** The agent file's name. */
  agent: z.string().min(1),
  /** The machine that does its work. */
  host: idSchema,
  /** Set on a session that a program leads. */
  orchestration: z
    .strictObject({ name: z.string().min(1), version: z.string().min(1), input: z.json() })
    .optional(),
  /** Set on a session that a harness plays. */
  harness: harnessChoiceSchema.optional(),
  parent: idSchema.optional(),
  task: z.string().optional(),
  role: roleSchema.optional(),
  /** The folder that the agent works in, absolute. */
  workspace: z.string().optional(),
  systemPrompt: z.string().optional(),
  tools: z.array(lentToolSchema).default([]),
  /** In force beside those of the server, which stand before them in the log. */
  policies: z.array(policyUseSchema).default([]),
  /** Without it: `required` where nobody is there to answer, else `preferred`. */
  confinement: confinementWishSchema.optional(),
  /** A question that nobody answers is a no after so many minutes; without it, it waits. */
  onNoAnswer: z.strictObject({ denyAfterMinutes: z.number() }).optional(),
  /** Vendors that must not serve this session; an unknown vendor is refused too when any is named. */
  excludeVendors: z.array(vendorSchema).default([]),
  /** Go on with another session's harness history: its id, in a copy. */
  forkOf: idSchema.optional(),
  /** Merges that the person consented to beforehand, when the verdict approves and nothing is flagged. */
  preapproved: z.array(z.literal("merge")).default([]),
});
export type SessionSpec = z.infer<typeof sessionSpecSchema>;

/** How an agent is held on its machine, as the runner found it when it opened the harness. */
export const machineSchema = z.strictObject({
  /** The person's home folder, absolute. */
  home: z.string(),
  /** The operating system holds the agent's processes in their folder, away from the network. */
  confined: z.boolean(),
  /** Remotes are reached through the push gate alone. */
  pushGate: z.boolean(),
  /** Why it is not confined, in a person's words. */
  doubt: z.string().optional(),
});
export type Machine = z.infer<typeof machineSchema>;

/** What a turn shows beside its tool calls. Stored whole. */
export const itemSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("message"),
    id: z.string(),
    text: z.string(),
    agent: z.string().optional(),
  }),
  z.strictObject({
    kind: z.literal("reasoning"),
    id: z.string(),
    text: z.string(),
    agent: z.string().optional(),
  }),
  z.strictObject({
    kind: z.literal("notice"),
    id: z.string(),
    level: z.enum(["info", "warning"]),
    text: z.string(),
  }),
]);
export type Item = z.infer<typeof itemSchema>;

/** Who did what for a task, in one line of data. */
export const assignmentSchema = z.strictObject({
  role: roleSchema,
  session: idSchema,
  harness: z.string(),
  model: z.string().nullable(),
  vendor: vendorSchema.nullable(),
});
export type Assignment = z.infer<typeof assignmentSchema>;

export const verdictSchema = z.strictObject({
  approved: z.boolean(),
  /** The tree that was reviewed; nothing else may be merged on it. */
  tree: sha,
  findings: z.array(findingSchema),
  reviewer: idSchema,
  /** Vendors of the models that really served. */
  implementerVendors: z.array(vendorSchema.nullable()),
  reviewerVendors: z.array(vendorSchema.nullable()),
});
export type Verdict = z.infer<typeof verdictSchema>;

const event = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.strictObject({ type: z.literal(type), ...shape });

const turn = z.string().min(1);
const images = imagesSchema.optional();

export const eventSchema = z.discriminatedUnion("type", [
  event("session.created", { spec: sessionSpecSchema }),
  event("session.closed", { reason: z.string() }),
  event("harness.opened", {
    nativeId: z.string(),
    version: z.string(),
    model: z.string().nullable(),
    /** The vendor of what this route serves, where it is known before anything was served. */
    vendor: vendorSchema.nullable(),
    /** How the agent is held on the machine. */
    machine: machineSchema.optional(),
  }),
  /** A person chose another model: it holds from the next turn on. */
  event("harness.chosen", { model: z.string() }),
  event("policies.set", { level: policyLevelSchema, uses: z.array(policyUseSchema) }),

  event("turn.held", { turn, text: z.string(), images, approval: idSchema }),
  event("turn.started", {
    turn,
    /** `resumption`: Tutti starts it again after a person's late answer. `background`: the harness started it. */
    origin: z.enum(["prompt", "resumption", "background"]),
    text: z.string(),
    images,
    states: policyStatesSchema.optional(),
  }),
  event("turn.steered", { turn, steer: z.string(), text: z.string(), images }),
  event("steer.settled", { turn, steer: z.string(), delivered: z.boolean() }),
  event("interrupt.requested", { turn }),
  event("item.added", { turn, item: itemSchema }),
  event("tool.requested", {
    turn,
    call: toolCallSchema,
    decision: decisionSchema,
    /** See `Description`: what makes two calls the same one. */
    identity: z.string(),
    /** The question that it waits for, joins, or was answered by. */
    approval: idSchema.optional(),
    states: policyStatesSchema.optional(),
  }),
  /** A call that waited goes on with a person's yes, which is used up by it. */
  event("tool.begun", { turn, call: z.string(), approval: idSchema }),
  event("tool.finished", { turn, call: z.string(), ok: z.boolean(), output: boundedTextSchema }),
  event("usage.recorded", { turn, usage: servedUsageSchema, states: policyStatesSchema.optional() }),
  event("turn.ended", {
    turn,
    /** `parked`: it waits for a person and holds no process. */
    status: z.enum(["completed", "interrupted", "failed", "parked"]),
    failure: turnFailureSchema.optional(),
  }),

  event("approval.requested", { approval: idSchema, subject: approvalSubjectSchema }),
  event("approval.resolved", {
    approval: idSchema,
    answer: answerSchema,
    reason: z.string().optional(),
    /**
     * How: a `person` at the card, `preapproved` by what they said beforehand, a no because there was `no-answer`, or `alike`:
     * a person's answer to another question about the same money.
     */
    via: z.enum(["person", "preapproved", "no-answer", "alike"]),
    /** What is allowed from now on without a question, in this session. */
    rule: sessionRuleSchema.optional(),
    /** What a person wants changed before the merge; with them a no sends the task back instead of ending it. */
    notes: z.array(findingSchema).optional(),
    states: policyStatesSchema.optional(),
  }),
  event("approval.withdrawn", { approval: idSchema, reason: z.string() }),

  event("push.requested", {
    push: idSchema,
    turn: z.string().nullable(),
    facts: pushFactsSchema,
    decision: decisionSchema,
    approval: idSchema.optional(),
    states: policyStatesSchema.optional(),
  }),
  event("push.finished", { push: idSchema, outcome: pushOutcomeSchema }),

  event("review.submitted", { turn, review: reviewSchema }),

  event("work.requested", { work: idSchema, request: workRequestSchema }),
  event("work.finished", { work: idSchema, result: workResultSchema }),

  event("task.created", { task: taskSpecSchema, parallel: z.int().min(1) }),
  event("task.moved", { task: z.string(), phase: phaseSchema, round: z.int().min(0), detail: z.string() }),
  event("task.assigned", { task: z.string(), assignment: assignmentSchema }),
  event("task.noted", { task: z.string(), level: z.enum(["info", "warning"]), text: z.string() }),
  event("verdict.recorded", { task: z.string(), round: z.int().min(1), verdict: verdictSchema }),
  /** A rebase changed the tree but not the patch: the verdict holds for the new tree. */
  event("verdict.carried", { task: z.string(), from: sha, to: sha, patchId: z.string() }),
  event("task.ended", {
    task: z.string(),
    outcome: outcomeSchema,
    detail: z.string(),
    mergedCommit: sha.nullable(),
  }),
]);
export type Event = z.infer<typeof eventSchema>;
export type EventType = Event["type"];
export type EventOf<T extends EventType> = Extract<Event, { type: T }>;

/** Who caused an event. */
export const actorSchema = z.strictObject({
  kind: z.enum(["person", "runner", "orchestration"]),
  name: z.string(),
});
export type Actor = z.infer<typeof actorSchema>;

/** An event as the log holds it. `seq` counts within its session from 1 without gaps; `position` orders all sessions. */
export const loggedEventSchema = z.strictObject({
  session: idSchema,
  seq: z.int().min(1),
  position: z.int().min(1),
  at: z.iso.datetime(),
  by: actorSchema,
  event: eventSchema,
});
export type LoggedEvent = z.infer<typeof loggedEventSchema>;

/** Streamed text of an item that is not whole yet. Beside the log, never stored. */
export const deltaSchema = z.strictObject({
  session: idSchema,
  turn,
  item: z.string(),
  kind: z.enum(["message", "reasoning"]),
  text: z.string(),
});
export type Delta = z.infer<typeof deltaSchema>;
