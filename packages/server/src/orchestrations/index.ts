/**
 * The built-in orchestrations. To add one: a file beside this one that exports an `Orchestration`, and a line here.
 * A program in flight goes on under the version it began with: keep the old entry until none is left.
 */
import type { Orchestration } from "@tutti/core";
import { implementReviewMerge } from "./implement-review-merge.ts";
import { implementTask } from "./implement-task.ts";

/** An orchestration whose input is checked by its own schema before it runs. */
export type AnyOrchestration = Orchestration<never>;

export const orchestrations: readonly AnyOrchestration[] = [
  implementReviewMerge as AnyOrchestration,
  implementTask as AnyOrchestration,
];
