import type { Policy } from "@tutti/core";
import { z } from "zod";

const params = z.strictObject({
  times: z.int().min(2).max(100).default(6).describe("How often the same may be done on end."),
  cycle: z
    .int()
    .min(1)
    .max(4)
    .default(4)
    .describe("How many calls a repeated sequence may have and still be seen as one."),
  effect: z
    .enum(["ask", "deny"])
    .default("ask")
    .describe("What happens to the call that closes the loop. After a yes, counting begins anew."),
});
/** What was called last, the latest at the end. */
const state = z.array(z.string()).default([]);

/** A call is the same when its fingerprint is: kind, name, input and folder. A denied call is not remembered. */
export const detectLoop: Policy<z.infer<typeof params>, string[]> = {
  name: "detect-loop",
  summary: "An agent that does the same thing over and over is stopped.",
  phases: ["tool-call"],
  params,
  state,
  evaluate(action, { times, cycle, effect }, before) {
    if (action.phase !== "tool-call") return undefined;
    const calls = [...before, action.call.fingerprint.slice(0, 64)].slice(-times * cycle);
    for (let period = 1; period <= cycle; period += 1) {
      const span = calls.slice(-period * times);
      if (span.length < period * times || !span.every((one, at) => one === span[at % period])) continue;
      return {
        effect,
        reason:
          period === 1
            ? `The agent has made the same call ${times} times on end.`
            : `The agent has repeated the same ${period} calls ${times} times on end.`,
        alternative: "Interrupt the turn, and tell the agent what it does not see.",
        state: [],
      };
    }
    return { effect: "allow", state: calls };
  },
};
