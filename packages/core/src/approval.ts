/** What waits for a person: the question with everything that the answer is bound to. */
import { z } from "zod";
import { agreementsSchema } from "./budget.ts";
import { weightSchema } from "./policy.ts";
import { pushFactsSchema } from "./push.ts";
import { findingSchema } from "./review.ts";
import { boundedTextSchema, toolCallSchema } from "./tool.ts";
import { costSourceSchema } from "./usage.ts";
import { evidenceSchema } from "./work.ts";

const sha = z.string().regex(/^[0-9a-f]{40,64}$/);

/** What "allow alike in this session" allows: everything whose description has this key. */
export const sessionRuleSchema = z.strictObject({ key: z.string(), words: z.string() });
export type SessionRule = z.infer<typeof sessionRuleSchema>;

/** What every question of a policy shows. */
const asked = {
  reason: z.string(),
  policies: z.array(z.string()),
  /** What a yes would do, in plain words, as Tutti sees it. */
  effect: z.array(z.string()),
  weight: weightSchema,
  /** A safer way to the same end. */
  alternative: z.string().optional(),
  /** What the agent said last, in its own words: a quotation, and no fact. */
  quote: z.string().default(""),
  rule: sessionRuleSchema.optional(),
  /** What a yes agrees to spend. A no to such a question stops the agent. */
  agreements: agreementsSchema.optional(),
  /** The answer holds for what has this identity, and for nothing else. */
  identity: z.string(),
};

export const approvalSubjectSchema = z.discriminatedUnion("kind", [
  /** A tool call that a policy wants a person to see. */
  z.strictObject({ kind: z.literal("tool"), turn: z.string(), call: toolCallSchema, ...asked }),
  /** A change of a remote. Bound to what the remote holds and what it is to hold. */
  z.strictObject({
    kind: z.literal("push"),
    push: z.string(),
    /** The turn that it came from; null when no turn was open. */
    turn: z.string().nullable(),
    facts: pushFactsSchema,
    ...asked,
  }),
  /** A turn that a policy wants a person to see before it begins. */
  z.strictObject({ kind: z.literal("turn"), turn: z.string(), text: z.string(), ...asked }),
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
    costSource: costSourceSchema,
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
export type ApprovalSubjectOf<K extends ApprovalSubject["kind"]> = Extract<ApprovalSubject, { kind: K }>;

/**
 * Questions of the same kind have the same; undefined when each must be seen alone. By the rule that would allow them, else by
 * what exactly they are; but sessions work in folders of their own, so that of a command what counts is what it says.
 */
export function likenessOf(subject: ApprovalSubject): string | undefined {
  if (!("identity" in subject)) return undefined;
  if (subject.kind === "tool" && subject.call.command !== undefined)
    return `command ${subject.call.command.trim()}`;
  return subject.rule?.key ?? `${subject.kind} ${subject.identity}`;
}

export const answerSchema = z.enum(["allow", "deny"]);
export type Answer = z.infer<typeof answerSchema>;
