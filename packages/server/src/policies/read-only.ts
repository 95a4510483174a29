import type { Policy } from "@tutti/core";
import { z } from "zod";
import { writesOutside } from "./shared/outside.ts";

/**
 * For reviewers: nothing is written outside the session's own folder, which holds a copy; in there anything goes. Shell
 * text that is computed at run time is let through: see `shell/shell-writes.ts`.
 */
export const readOnly: Policy<Record<string, never>> = {
  name: "read-only",
  summary: "Nothing outside the reviewer's own copy is changed.",
  phases: ["tool-call"],
  params: z.strictObject({}),
  evaluate(action, _params, _state, situation) {
    if (action.phase !== "tool-call") return undefined;
    const outside = writesOutside(action.call, situation);
    if (outside === undefined) return undefined;
    const advice =
      situation.workspace === null
        ? "Look without changing anything."
        : `You may run and change anything inside ${situation.workspace}, which is a copy of your own; report what you find instead of repairing it elsewhere.`;
    return { effect: "deny", reason: `${outside}, and a review changes nothing. ${advice}` };
  },
};
