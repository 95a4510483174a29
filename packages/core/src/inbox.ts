/** What waits for a person across all sessions, and what happened since they last looked. */
import { z } from "zod";
import { approvalSubjectSchema } from "./approval.ts";
import { idSchema } from "./events.ts";
import { activitySchema } from "./session/activity.ts";
import { outcomeSchema } from "./task.ts";
import { costSourceSchema } from "./usage.ts";

const shared = {
  /** The root session that it belongs to. */
  root: idSchema,
  /** The request's title. */
  title: z.string(),
  /** The repository's folder; null when it is not known yet. */
  repository: z.string().nullable(),
  /** Ids of the harnesses that work on it, the one that asks first. */
  harnesses: z.array(z.string()),
  at: z.iso.datetime(),
  costUsd: z.number().nullable(),
  costSource: costSourceSchema,
};

export const inboxItemSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("question"),
    ...shared,
    session: idSchema,
    approval: idSchema,
    /** As in the log, but that a merge's diff and its checks' output are left out. */
    subject: approvalSubjectSchema,
    /** How many agents and tasks cannot go on without the answer. */
    holdsUp: z.int().min(0),
    /** Questions of the same kind have the same; null when each must be seen alone. */
    likeness: z.string().nullable(),
  }),
  /** A task that ended without a merge although nobody chose that. It leaves when a person closes its session. */
  z.strictObject({
    kind: z.literal("failed"),
    ...shared,
    task: z.string(),
    outcome: outcomeSchema,
    detail: z.string(),
  }),
]);
export type InboxItem = z.infer<typeof inboxItemSchema>;
export type InboxItemOf<K extends InboxItem["kind"]> = Extract<InboxItem, { kind: K }>;

/** A session that came to rest by itself. */
export const newsItemSchema = z.strictObject({
  ...shared,
  activity: activitySchema,
  detail: z.string(),
});
export type NewsItem = z.infer<typeof newsItemSchema>;

export const inboxSchema = z.strictObject({
  /** What holds up most first, then the oldest. */
  items: z.array(inboxItemSchema),
  /** The latest first, at most 50, all after `seenAt`. */
  news: z.array(newsItemSchema),
  seenAt: z.iso.datetime().nullable(),
  /** Everything in the log up to here is counted. */
  position: z.int(),
});
export type Inbox = z.infer<typeof inboxSchema>;
