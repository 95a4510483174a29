/** A task of a request: where it stands, and how it ended. */
import { z } from "zod";

/** Where a task is. In the order of an untroubled life. */
export const phaseSchema = z.enum([
  "waiting", // for a free place
  "preparing", // worktree, set-up, checks on the base
  "implementing",
  "checking",
  "reviewing",
  "fixing",
  "rebasing",
  "consenting", // a person is asked
  "merging",
]);
export type Phase = z.infer<typeof phaseSchema>;

export const outcomeSchema = z.enum([
  "merged",
  "declined", // the person said no; the verified branch is kept
  "empty", // the implementer changed nothing
  "same-vendor", // no reviewer of another vendor is there
  "no-implementer", // every harness of the roster is down, missing or not logged in
  "no-review", // no reviewer handed in a review
  "conflict", // the change doesn't fit the target's new head
  "moved-head", // the implementer left its branch in another state
  "nested-repository", // the change holds a repository of its own
  "dirty", // uncommitted work of the user is in the way
  "checks-failed", // checks stay red after the last round, and the person didn't want it so
  "untrusted", // the repository's own commands were not trusted
  "interrupted",
  "failed", // anything else; the detail says what
]);
export type Outcome = z.infer<typeof outcomeSchema>;

const chosen: readonly Outcome[] = ["declined", "interrupted", "untrusted"];
/** Whether a person chose that the task ends so; of a merge they know anyway. */
export const isChosen = (outcome: Outcome): boolean => chosen.includes(outcome);

/** A role that a session plays for a task. */
export const roleSchema = z.enum(["implementer", "reviewer"]);
export type Role = z.infer<typeof roleSchema>;

/** What one task is to do. */
export const taskSpecSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/),
  text: z.string().min(1).max(100_000),
  /** The acceptance contract: what must hold, in the words of the person. */
  contract: z.string().max(100_000).optional(),
});
export type TaskSpec = z.infer<typeof taskSpecSchema>;
