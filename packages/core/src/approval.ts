/** What waits for a person: the question with everything that the answer is bound to. */
import { z } from "zod";
import { evidenceSchema } from "./work.ts";
import { findingSchema } from "./review.ts";
import { boundedTextSchema, toolCallSchema } from "./tool.ts";

const sha = z.string().regex(/^[0-9a-f]{40,64}$/);

export const approvalSubjectSchema = z.discriminatedUnion("kind", [
  /** A tool call that a policy wants a person to see. Bound to the call's fingerprint. */
  z.strictObject({
    kind: z.literal("tool"),
    turn: z.string(),
    call: toolCallSchema,
    reason: z.string(),
    policies: z.array(z.string()),
  }),
  /** A merge. Bound to the candidate's tree and the target's head. */
  z.strictObject({
    kind: z.literal("merge"),
    task: z.string(),
    commit: sha,
    tree: sha,
    target: z.string(),
    head: sha,
    diff: boundedTextSchema,
    evidence: z.array(evidenceSchema),
    verdict: z.strictObject({ approved: z.boolean(), tree: sha, findings: z.array(findingSchema) }),
    /** What a person should know before they say yes: red checks, flagged files, hunks out of scope, both positions. */
    warnings: z.array(z.string()),
    costUsd: z.number().nullable(),
    costSource: z.enum(["reported", "list", "unknown"]),
  }),
  /** A repository's own commands and files, before they take effect. Bound to their hash. */
  z.strictObject({ kind: z.literal("trust"), repository: z.string(), hash: z.string(), items: z.array(z.string()) }),
]);
export type ApprovalSubject = z.infer<typeof approvalSubjectSchema>;

export const answerSchema = z.enum(["allow", "deny"]);
export type Answer = z.infer<typeof answerSchema>;
