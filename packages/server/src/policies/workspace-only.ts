import type { Policy } from "@tutti/core";
import { z } from "zod";
import { writesOutside } from "./shared/outside.ts";

/**
 * For implementers: edits and shell commands write in the session's folder. Shell text that is computed at run time is
 * let through: see `shell/shell-writes.ts`.
 */
export const workspaceOnly: Policy<Record<string, never>> = {
  name: "workspace-only",
  summary: "Changes stay in the folder that the agent works in.",
  phases: ["tool-call"],
  params: z.strictObject({}),
  evaluate(action, _params, _state, situation) {
    if (action.phase !== "tool-call") return undefined;
    const outside = writesOutside(action.call, situation);
    if (outside === undefined) return undefined;
    const where = situation.workspace ?? "no folder at all";
    return {
      effect: "deny",
      reason: `${outside}, and this session may change nothing outside ${where}. Do it inside that folder, with paths relative to it; scratch files of shell commands may go to /tmp.`,
    };
  },
};
