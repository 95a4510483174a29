import type { Policy } from "@tutti/core";
import { z } from "zod";
import { findSecrets } from "./shared/secrets.ts";

const params = z.strictObject({
  requests: z
    .enum(["allow", "ask", "deny"])
    .default("allow")
    .describe("What happens when a request to an agent holds a secret. A request is not rewritten."),
  assignments: z
    .boolean()
    .default(true)
    .describe("Whether a random-looking value is a secret when its name says so (`API_KEY=…`)."),
});

/**
 * Works on what is kept and shown. What a tool answered, the model has read already, and what the model said, its vendor has:
 * that cannot be taken back. A key that turns up here should be changed.
 */
export const secretsInOutput: Policy<z.infer<typeof params>> = {
  name: "secrets-in-output",
  summary:
    "Keys and tokens in what tools answer and agents say are not kept in the log; the model itself has seen them by then.",
  phases: ["request", "tool-result", "response"],
  params,
  evaluate(action, { requests, assignments }) {
    if (action.phase === "request") {
      if (requests === "allow") return undefined;
      const { found } = findSecrets(action.text, assignments);
      if (found.length === 0) return undefined;
      return {
        effect: requests,
        reason: `The text holds ${found.join(", ")}, and would go to the model's vendor.`,
        weight: "leaves-machine",
        alternative: "Name the environment variable that holds it instead.",
      };
    }
    if (action.phase !== "tool-result" && action.phase !== "response") return undefined;
    const { found, text } = findSecrets(action.text, assignments);
    return found.length === 0 ? undefined : { effect: "allow", text };
  },
};
