import type { WorkResult } from "@tutti/core";

/** What a piece of work may answer: the named results, or that it could not be carried out. */
export type Outcome<T extends WorkResult["type"]> = Extract<WorkResult, { type: T }> | Failed;

export type Failed = Extract<WorkResult, { type: "work.failed" }>;

/** A refusal as a value. `message` says what is wrong and what to do, in one line. */
export function failed(kind: string, message: string): Failed {
  return { type: "work.failed", kind, message };
}
