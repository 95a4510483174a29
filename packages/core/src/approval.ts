/** What waits for a person: the question with everything that the answer is bound to. */
import { z } from "zod";
import { findingSchema } from "./review.ts";
import { boundedTextSchema, toolCallSchema } from "./tool.ts";
import { evidenceSchema } from "./work.ts";

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
    /** What only a person may decide on: red checks, a missing approval with both positions, changed rules. */
    warnings: z.array(z.string()),
    /** What a person may want to look at although the review approved it; holds back no beforehand yes. */
    remarks: z.array(z.string()).default([]),
    costUsd: z.number().nullable(),
    costSource: z.enum(["reported", "list", "unknown"]),
  }),
  /** A repository's own commands and files, before they take effect. Bound to their hash. */
  z.strictObject({
    kind: z.literal("trust"),
    repository: z.string(),
    hash: z.string(),
    items: z.array(z.string()),
  }),
]);
export type ApprovalSubject = z.infer<typeof approvalSubjectSchema>;

export const answerSchema = z.enum(["allow", "deny"]);
export type Answer = z.infer<typeof answerSchema>;
