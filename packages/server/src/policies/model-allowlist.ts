import type { Policy } from "@tutti/core";
import { z } from "zod";
import { matchesAny } from "./shared/globs.ts";

const params = z
  .strictObject({
    models: z.array(z.string().min(1)).optional().describe("Globs of model ids that may serve."),
    vendors: z.array(z.string().min(1)).optional().describe("Globs of vendors whose models may serve."),
  })
  .refine(({ models, vendors }) => models !== undefined || vendors !== undefined, {
    message: "name models, vendors, or both",
  });

/**
 * Asked before an agent is seated, before its model is called, and again for the model that really served. A model that
 * nobody can name is not on the list.
 */
export const modelAllowlist: Policy<z.infer<typeof params>> = {
  name: "model-allowlist",
  summary: "Only listed models and vendors serve; an unknown one does not.",
  phases: ["session-start", "model-call"],
  params,
  evaluate(action, { models, vendors }) {
    if (action.phase !== "session-start" && action.phase !== "model-call") return undefined;
    const { model, vendor } = action;
    if (models && (model === null || !matchesAny(models, model)))
      return {
        effect: "deny",
        reason:
          model === null
            ? "The model is not known, and only listed ones may serve: name it in the agent file."
            : `The model ${model} is not on the list of those that may serve.`,
      };
    if (vendors && (vendor === null || !matchesAny(vendors, vendor)))
      return {
        effect: "deny",
        reason:
          vendor === null
            ? "The vendor is not known, and only listed ones may serve: name the model, or its provider's vendor, in the agent file."
            : `Models of ${vendor} are not on the list of those that may serve.`,
      };
    return undefined;
  },
};
