/** Questions about policies, which change nothing: what they would say, what they said and why, what others would have said. */
import { z } from "zod";
import { answerSchema, sessionRuleSchema } from "./approval.ts";
import { actorSchema, idSchema } from "./events.ts";
import { decisionSchema, policyLevelSchema, policyPhaseSchema, weightSchema } from "./policy.ts";
import { toolKindSchema } from "./tool.ts";

const absolute = z.string().startsWith("/", "give an absolute path");
const effect = z.enum(["allow", "ask", "deny"]);

/** Where a rule would be put in force: the server, an agent file, a repository. */
const place = {
  /** Absolute; on the server's machine. Its policy files and agents count. */
  repository: absolute.optional(),
  agent: z.string().min(1).optional(),
};

/** How one policy votes on one action. */
export const voteReportSchema = z.strictObject({
  policy: z.string(),
  level: policyLevelSchema,
  shadow: z.boolean(),
  /** Its parameters; long texts are left out. */
  params: z.record(z.string(), z.json()),
  /** Null: no opinion, or not asked in this phase. */
  ruling: z
    .strictObject({
      effect,
      reason: z.string().nullable(),
      weight: weightSchema.nullable(),
      alternative: z.string().nullable(),
    })
    .nullable(),
  /** What it remembered before, and what it would remember after; absent where it remembers nothing. */
  before: z.json().optional(),
  after: z.json().optional(),
});
export type VoteReport = z.infer<typeof voteReportSchema>;

/** All votes on one action; a command may mean several. */
export const actionReportSchema = z.strictObject({
  phase: policyPhaseSchema,
  decision: decisionSchema,
  votes: z.array(voteReportSchema),
});
export type ActionReport = z.infer<typeof actionReportSchema>;

export const policyCheckSchema = z.strictObject({
  ...place,
  about: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("command"), command: z.string().min(1) }),
    z.strictObject({
      kind: z.literal("tool"),
      tool: toolKindSchema,
      name: z.string().min(1),
      paths: z.array(absolute).max(100),
    }),
    z.strictObject({ kind: z.literal("host"), host: z.string().min(1) }),
  ]),
  /** The folder that the call starts in; the repository, or the session's folder, unless given. */
  cwd: absolute.optional(),
  /** The session's processes are held in their folder, and a remote is reached through the push gate alone. */
  confined: z.boolean().default(false),
});
export type PolicyCheck = z.infer<typeof policyCheckSchema>;

export const policyCheckAnswerSchema = z.strictObject({
  verdict: effect,
  /** Who brought the verdict about. */
  policy: z.array(z.string()),
  reason: z.string().nullable(),
  /** What would happen, in plain words. */
  effect: z.array(z.string()),
  weight: weightSchema,
  alternative: z.string().nullable(),
  /** What "allow alike in this session" would allow; null where each one must be seen. */
  rule: sessionRuleSchema.nullable(),
  decision: decisionSchema,
  actions: z.array(actionReportSchema),
  /** What the answer leaves out. */
  notes: z.array(z.string()),
});
export type PolicyCheckAnswer = z.infer<typeof policyCheckAnswerSchema>;

export const policyPlaceSchema = z.strictObject(place);

export const policyInForceSchema = z.strictObject({
  /** What a person knows it by. */
  name: z.string(),
  /** The policy's own name: `rules` and `program` have names of their own. */
  policy: z.string(),
  level: policyLevelSchema,
  /** `built in`, or a file with line and column. */
  from: z.string(),
  summary: z.string(),
  params: z.record(z.string(), z.json()),
  shadow: z.boolean(),
});
export type PolicyInForce = z.infer<typeof policyInForceSchema>;

export const policyListSchema = z.strictObject({
  rules: z.array(policyInForceSchema),
  /** What is wrong with the files; while there is something, no session begins. */
  problems: z.array(z.string()),
  notes: z.array(z.string()),
});
export type PolicyList = z.infer<typeof policyListSchema>;

export const explanationSchema = z.strictObject({
  session: idSchema,
  seq: z.int(),
  at: z.iso.datetime(),
  by: actorSchema,
  kind: z.enum(["tool", "push", "turn", "merge", "trust"]),
  /** What it was about, on one line. */
  what: z.string(),
  /** What the log says was decided. */
  recorded: decisionSchema,
  /** What is decided on the same state by the same rules today; null where no policy is asked. */
  today: decisionSchema.nullable(),
  /** They are not the same: a policy's code, or what it was told beside the log, is not what it was. */
  differs: z.boolean(),
  /** Why the recorded decision is none of the policies', or what the evaluation leaves out. */
  notes: z.array(z.string()),
  actions: z.array(actionReportSchema),
  /** The question that was asked, and its end. */
  question: z
    .strictObject({
      approval: idSchema,
      answer: answerSchema.nullable(),
      by: actorSchema.nullable(),
      at: z.iso.datetime().nullable(),
      via: z.enum(["person", "preapproved", "no-answer", "alike"]).nullable(),
      reason: z.string().nullable(),
      withdrawn: z.string().nullable(),
    })
    .nullable(),
});
export type Explanation = z.infer<typeof explanationSchema>;

/** Where something stands in the log, and what it is about. */
const exampleSchema = z.strictObject({
  session: idSchema,
  seq: z.int(),
  at: z.iso.datetime(),
  what: z.string(),
  reason: z.string(),
});
export type InquiryExample = z.infer<typeof exampleSchema>;

export const policyTestSchema = z.strictObject({
  /** Policy files of the server, each in the place of its own file of that name. */
  files: z
    .array(
      z.strictObject({
        file: z.string().regex(/^\w[\w.-]{0,99}\.ya?ml$/),
        content: z.string().max(256 * 1024),
      }),
    )
    .min(1)
    .max(20),
  since: z.iso.datetime(),
});
export type PolicyTest = z.infer<typeof policyTestSchema>;

export const policyTestReportSchema = z.strictObject({
  sessions: z.int(),
  /** Calls, pushes and turns that were judged. */
  judged: z.int(),
  same: z.int(),
  changes: z.array(
    z.strictObject({
      from: effect,
      to: effect,
      subject: z.enum(["tool", "push", "turn"]),
      policies: z.array(z.string()),
      count: z.int(),
      examples: z.array(exampleSchema),
    }),
  ),
  /** Judged by the rules of their time they come out otherwise than the log says: a policy's code is not what it was. */
  drifted: z.int(),
  notes: z.array(z.string()),
});
export type PolicyTestReport = z.infer<typeof policyTestReportSchema>;

/** One frame of the stream of a test. */
export const policyTestFrameSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("progress"), sessions: z.int(), of: z.int(), judged: z.int() }),
  z.strictObject({ type: z.literal("done"), report: policyTestReportSchema }),
  z.strictObject({ type: z.literal("failed"), message: z.string() }),
]);
export type PolicyTestFrame = z.infer<typeof policyTestFrameSchema>;

/** What rules that only report would have done, as the log has it. */
export const shadowReportSchema = z.strictObject({
  rules: z.array(
    z.strictObject({
      policy: z.string(),
      effect: z.enum(["ask", "deny"]),
      count: z.int(),
      sessions: z.int(),
      examples: z.array(exampleSchema),
    }),
  ),
});
export type ShadowReport = z.infer<typeof shadowReportSchema>;
