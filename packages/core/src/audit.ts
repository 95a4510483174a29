/**
 * The audit: who allowed what, and what was changed on the strength of it. Each row names the one before it by its hash, so
 * that a row which was changed, removed, moved or put in later is found; and each names its event, so that a log which was
 * changed is found too.
 */
import { z } from "zod";
import { actorSchema, idSchema } from "./events.ts";

/** What is audited. `audit.began` is the first row: events before its position have none. */
export const auditKindSchema = z.enum([
  "audit.began",
  "session.created",
  "policies.set",
  "approval.requested",
  "approval.resolved",
  "approval.withdrawn",
  "verdict.recorded",
  "verdict.carried",
  "work.requested", // of a merge
  "work.finished", // of a merge
  "push.requested",
  "push.finished",
  "sign-in.made",
  "sign-in.revoked",
  "terminal.opened",
  "terminal.ended",
]);
export type AuditKind = z.infer<typeof auditKindSchema>;

const hash = z.string().regex(/^[0-9a-f]{64}$/, "a hash is 64 digits and letters from a to f");

export const auditRowSchema = z.strictObject({
  /** Counts from 1 without gaps. */
  n: z.int().min(1),
  /** The event's session and its `seq`; null where there is no event. */
  session: z.string().nullable(),
  seq: z.int().nullable(),
  at: z.iso.datetime(),
  by: actorSchema,
  kind: auditKindSchema,
  /** What it says in short, as canonical JSON; of an event also `event`, the hash of the whole of it. */
  body: z.string(),
  /** The hash of the row before; 64 zeros in the first. */
  prev: hash,
  /** SHA-256, in hexadecimal, of `prev` and the canonical JSON of all other fields. */
  hash,
});
export type AuditRow = z.infer<typeof auditRowSchema>;

export const auditHeadSchema = z.strictObject({ n: z.int().min(0), hash });
export type AuditHead = z.infer<typeof auditHeadSchema>;

/** One thing that is wrong with the chain or with the log that it is about. */
export const auditFindingSchema = z.strictObject({
  /**
   * `changed`: a row is not what its hash says. `gap`: rows are missing before it. `broken`: it does not go on from the row
   * before it. `event-changed`: the log says something else now. `event-gone`: the log does not hold its event any more.
   * `not-audited`: an event has no row.
   */
  kind: z.enum(["changed", "gap", "broken", "event-changed", "event-gone", "not-audited"]),
  /** The row; null where there is none. */
  n: z.int().nullable(),
  session: z.string().nullable(),
  seq: z.int().nullable(),
  message: z.string(),
});
export type AuditFinding = z.infer<typeof auditFindingSchema>;

export const auditVerificationSchema = z.strictObject({
  /** Nothing was found, and the anchor, when one was given, is a row's hash. */
  ok: z.boolean(),
  /** How many rows were read. */
  rows: z.int(),
  /** Kept elsewhere, it shows later that the chain up to it is still the same. */
  head: auditHeadSchema,
  /** The first hundred. */
  findings: z.array(auditFindingSchema),
  /** How many there are in all. */
  found: z.int(),
  /** Which row has the anchor as its hash; null when none has. Absent when none was given. */
  anchor: z.strictObject({ hash, n: z.int().nullable() }).optional(),
});
export type AuditVerification = z.infer<typeof auditVerificationSchema>;

export const auditQuerySchema = z.strictObject({
  /** Rows after this one. */
  after: z.coerce.number().int().min(0).default(0),
  /** Of this session and its children. */
  session: idSchema.optional(),
  since: z.iso.datetime().optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
});
