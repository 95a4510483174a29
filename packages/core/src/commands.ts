/** Every request that may be made of a session. Imperative; each has one decider in `session/decide.ts`. */
import { z } from "zod";
import { answerSchema, approvalSubjectSchema } from "./approval.ts";
import {
  assignmentSchema,
  idSchema,
  itemSchema,
  machineSchema,
  sessionSpecSchema,
  verdictSchema,
} from "./events.ts";
import { turnFailureSchema } from "./failure.ts";
import { imagesSchema } from "./image.ts";
import { decisionSchema, policyLevelSchema, policyUseSchema } from "./policy.ts";
import { pushFactsSchema, pushOutcomeSchema } from "./push.ts";
import { findingSchema } from "./review.ts";
import { outcomeSchema, phaseSchema, taskSpecSchema } from "./task.ts";
import { boundedTextSchema, toolCallSchema } from "./tool.ts";
import { servedUsageSchema } from "./usage.ts";
import { vendorSchema } from "./vendor.ts";
import { workRequestSchema, workResultSchema } from "./work.ts";

const command = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.strictObject({ type: z.literal(type), ...shape });

const turn = z.string().min(1).max(200);
const task = z.string().min(1);
const text = z.string().min(1).max(1_000_000);
const images = imagesSchema.optional();
const sha = z.string().regex(/^[0-9a-f]{40,64}$/, "a git object id");

export const commandSchema = z.discriminatedUnion("type", [
  command("session.create", { spec: sessionSpecSchema }),
  /** A person may also close what a program closed by itself: they have seen how it ended, and it leaves their inbox. */
  command("session.close", { reason: z.string().default("closed by a person") }),

  command("turn.start", { turn, text, images }),
  command("turn.steer", { steer: z.string().min(1), text, images }),
  command("turn.interrupt", {}),
  command("approval.resolve", {
    approval: idSchema,
    answer: answerSchema,
    reason: z.string().max(4_000).optional(),
    /** With `allow`: everything alike in this session is allowed from now on, by the question's own rule. */
    alike: z.boolean().optional(),
    /** With `deny`, for a merge alone: it is not declined but goes back to the implementer with these findings. */
    notes: z.array(findingSchema).min(1).max(200).optional(),
  }),
  /** Another model for the turns that begin from now on. */
  command("harness.choose", { model: z.string().min(1).max(200) }),
  /** Sets the rules of one level anew. */
  command("policies.set", { level: policyLevelSchema, uses: z.array(policyUseSchema).max(200) }),

  // What a runner says of the harness that it plays.
  command("harness.open", {
    nativeId: z.string(),
    version: z.string(),
    model: z.string().nullable(),
    vendor: vendorSchema.nullable(),
    machine: machineSchema.optional(),
  }),
  command("turn.adopt", { turn }),
  command("steer.settle", { steer: z.string(), delivered: z.boolean() }),
  command("item.add", { turn, item: itemSchema }),
  /** `approval` names the question that is asked if one must be. */
  command("tool.request", { turn, approval: idSchema, call: toolCallSchema }),
  /** A call that waited is about to be carried out on a person's yes. Refused when the yes is used up or the turn is ending. */
  command("tool.begin", { turn, call: z.string(), approval: idSchema }),
  command("tool.finish", { turn, call: z.string(), ok: z.boolean(), output: boundedTextSchema }),
  /** A lent tool that an agent calls. The receipt's `answer` goes back to the model. */
  command("tool.use", { turn, tool: z.string(), input: z.json() }),
  /** A change of a remote that waits at the push gate. The same change again joins the first request. */
  command("push.request", { push: idSchema, approval: idSchema, facts: pushFactsSchema }),
  command("push.finish", { push: idSchema, outcome: pushOutcomeSchema }),
  command("usage.record", { turn, usage: servedUsageSchema }),
  command("turn.end", {
    turn,
    status: z.enum(["completed", "interrupted", "failed", "parked"]),
    failure: turnFailureSchema.optional(),
  }),
  command("work.finish", { work: idSchema, result: workResultSchema }),

  // What an orchestration does.
  command("work.request", { work: idSchema, request: workRequestSchema }),
  command("approval.request", { approval: idSchema, subject: approvalSubjectSchema }),
  /** Nobody answered in time: the answer is no. */
  command("approval.expire", { approval: idSchema, reason: z.string() }),
  /** A person answered another question about the same money: the answer to this one is the same. */
  command("approval.follow", { approval: idSchema, answer: answerSchema, reason: z.string().max(4_000) }),
  command("approval.withdraw", { approval: idSchema, reason: z.string() }),
  command("task.create", { task: taskSpecSchema, parallel: z.int().min(1) }),
  command("task.move", { task, phase: phaseSchema, round: z.int().min(0), detail: z.string() }),
  command("task.assign", { task, assignment: assignmentSchema }),
  command("task.note", { task, level: z.enum(["info", "warning"]), text: z.string() }),
  command("verdict.record", { task, round: z.int().min(1), verdict: verdictSchema }),
  command("verdict.carry", { task, to: sha, patchId: z.string() }),
  command("task.end", { task, outcome: outcomeSchema, detail: z.string(), mergedCommit: sha.nullable() }),
]);
export type Command = z.infer<typeof commandSchema>;
export type CommandType = Command["type"];
export type CommandOf<T extends CommandType> = Extract<Command, { type: T }>;

/** A caller's kind: what it holds a token for. */
export const scopeSchema = z.enum(["person", "runner", "orchestration"]);
export type Scope = z.infer<typeof scopeSchema>;

/** Who may send what. A person may not speak for a machine, nor a machine for a person. */
export const commandScopes = {
  "session.create": ["person", "orchestration"],
  "session.close": ["person", "orchestration"],
  "turn.start": ["person", "orchestration"],
  "turn.steer": ["person", "orchestration"],
  "turn.interrupt": ["person", "orchestration"],
  "approval.resolve": ["person"],
  "harness.choose": ["person"],
  "policies.set": ["person", "orchestration"],
  "harness.open": ["runner"],
  "turn.adopt": ["runner"],
  "steer.settle": ["runner"],
  "item.add": ["runner"],
  "tool.request": ["runner"],
  "tool.begin": ["runner"],
  "tool.finish": ["runner"],
  "tool.use": ["runner"],
  "push.request": ["runner"],
  "push.finish": ["runner"],
  "usage.record": ["runner"],
  "turn.end": ["runner"],
  "work.finish": ["runner"],
  "work.request": ["orchestration"],
  "approval.request": ["orchestration"],
  "approval.expire": ["orchestration"],
  "approval.follow": ["orchestration"],
  "approval.withdraw": ["orchestration"],
  "task.create": ["orchestration"],
  "task.move": ["orchestration"],
  "task.assign": ["orchestration"],
  "task.note": ["orchestration"],
  "verdict.record": ["orchestration"],
  "verdict.carry": ["orchestration"],
  "task.end": ["orchestration"],
} as const satisfies Record<CommandType, readonly Scope[]>;

/** A runner proves with its host's epoch that it still holds the lease; an older epoch is refused. */
export const leaseSchema = z.strictObject({ host: idSchema, epoch: z.int().min(1) });
export type Lease = z.infer<typeof leaseSchema>;

/** A command on its way: `id` is its idempotency key. The same id again gets the first receipt. */
export const commandEnvelopeSchema = z.strictObject({
  id: z.string().min(8).max(200),
  session: idSchema,
  command: commandSchema,
  lease: leaseSchema.optional(),
});
export type CommandEnvelope = z.infer<typeof commandEnvelopeSchema>;

/** The durable answer to a command. */
export const receiptSchema = z.strictObject({
  command: z.string(),
  session: idSchema,
  /** The session's last seq after the command. */
  seq: z.int().min(1),
  /** For `tool.request` and `push.request`. */
  decision: decisionSchema.optional(),
  /** The question to wait for when the decision is `ask`; else the one whose answer this is. */
  approval: idSchema.optional(),
  /** For `push.request`: the request that this one is, or joined. */
  push: idSchema.optional(),
  /** For `tool.use`: what the model reads. */
  answer: z.string().optional(),
});
export type Receipt = z.infer<typeof receiptSchema>;

/** Why a command changed nothing. */
export const refusalSchema = z.strictObject({
  kind: z.enum(["unknown-session", "exists", "conflict", "forbidden", "invalid", "stale-lease", "law"]),
  message: z.string(),
  /** The field concerned, as a dotted path. */
  field: z.string().optional(),
});
export type Refusal = z.infer<typeof refusalSchema>;

/** A command's fate: the first receipt, or why nothing was changed. */
export const sentSchema = z.discriminatedUnion("ok", [
  z.strictObject({ ok: z.literal(true), receipt: receiptSchema }),
  z.strictObject({ ok: z.literal(false), refusal: refusalSchema }),
]);
export type Sent = z.infer<typeof sentSchema>;
