import type { Policy, Weight } from "@tutti/core";
import { z } from "zod";
import { doubtful, shellReading } from "./shared/shell-call.ts";
import { destructionsOf } from "./shell/destructions.ts";

/**
 * Asks before a shell command deletes files outside the workspace, stops what runs, or changes what lies on other machines;
 * denies what would hit a whole machine or a home folder. What cannot be told from the text is asked about.
 */
export const destructiveShell: Policy<Record<string, never>> = {
  name: "destructive-shell",
  summary: "A person is asked before a command destroys, stops or publishes something.",
  phases: ["tool-call"],
  params: z.strictObject({}),
  evaluate(action, _params, _state, situation) {
    if (action.phase !== "tool-call") return undefined;
    const reading = shellReading(action.call, situation);
    if (!reading) return undefined;
    const found = reading.commands.flatMap((command) => destructionsOf(command, situation));
    const denied = found.filter(({ effect }) => effect === "deny");
    const counted = denied.length > 0 ? denied : found;
    const [first] = counted;
    if (first) {
      const says = [...new Set(counted.map((one) => one.says))].slice(0, 3).join(" ");
      const alternative = counted.find((one) => one.alternative !== undefined)?.alternative;
      const weight: Weight = counted.some((one) => one.weight === "irreversible")
        ? "irreversible"
        : first.weight;
      return {
        effect: first.effect,
        reason: says,
        weight,
        ...(alternative !== undefined && { alternative }),
      };
    }
    if (reading.doubts.length > 0) return { effect: "ask", reason: doubtful(reading.doubts) };
    return undefined;
  },
};
