/** Why a harness or a turn failed, in the words that decide what happens next. */
import { z } from "zod";

/** What an adapter may say. */
export const harnessFailureSchema = z.strictObject({
  kind: z.enum([
    /** The program isn't there. */
    "missing",
    "not-logged-in",
    /** The gate can't be trusted, or was passed by. */
    "gate",
    /** The user's settings forbid what Tutti needs. */
    "settings",
    "usage-limit",
    /** The model's service refuses for now, after the harness's own retries. */
    "overloaded",
    /** The model or its route doesn't exist. */
    "model",
    /** The program died or spoke garbage. */
    "crashed",
    "other",
  ]),
  message: z.string(),
});
export type HarnessFailure = z.infer<typeof harnessFailureSchema>;

/** Why a turn failed: the harness's own reasons, and those that the runner adds. */
export const turnFailureSchema = z.strictObject({
  kind: z.enum([
    ...harnessFailureSchema.shape.kind.options,
    /** The session's spec forbids the vendor that this route serves. */
    "vendor",
    /** The host went away while the turn ran. */
    "lost",
    /** The agent can't be confined on this machine, and the session requires it. */
    "confinement",
    /** A policy, or a person whom it asked, refused the turn. */
    "refused",
  ]),
  message: z.string(),
});
export type TurnFailure = z.infer<typeof turnFailureSchema>;
