import { type Policy, policyPhaseSchema, type Ruling, weightSchema } from "@tutti/core";
import { z } from "zod";
import { compile } from "./rules/expression.ts";
import { valuesOf } from "./rules/variables.ts";

const ruleShape = {
  name: z.string().min(1).max(100).describe("What the rule is called."),
  when: z.string().min(1).max(10_000).describe("A CEL expression: the rule speaks when it is true."),
  effect: z
    .enum(["ask", "deny"], "a rule asks or denies: what nobody objects to is allowed already")
    .describe("What happens then."),
  reason: z.string().min(1).max(2_000).describe("Why, for the person who is asked and for the agent."),
  phases: z
    .array(z.enum(policyPhaseSchema.options))
    .min(1)
    .optional()
    .describe("When the rule is asked; without it, in the phases that fill the variables it names."),
  weight: z.enum(weightSchema.options).optional().describe("How much hangs on a yes."),
  alternative: z.string().min(1).max(2_000).optional().describe("A safer way to the same end."),
};

/** A rule as a file holds it. */
export const fileRuleSchema = z.strictObject({
  ...ruleShape,
  shadow: z.boolean().optional().describe("It only reports what it would have said."),
});

const params = z.strictObject({
  file: z.string().min(1).describe("The file that the rules come from."),
  rules: z
    .array(
      z.strictObject(ruleShape).superRefine(({ when }, context) => {
        const compiled = compile(when);
        if (!compiled.ok)
          context.addIssue({
            code: "custom",
            path: ["when"],
            message: `${compiled.message} (at character ${compiled.offset + 1})`,
          });
      }),
    )
    .min(1)
    .describe("The rules; the strictest that speaks counts."),
});

/** A user's own rules. An expression that cannot be evaluated denies. */
export const rules: Policy<z.infer<typeof params>> = {
  name: "rules",
  summary: "Rules that a person or a repository wrote, as expressions.",
  phases: policyPhaseSchema.options,
  params,
  // An expression may name it.
  usesSpending: true,
  evaluate(action, { rules: all }, _state, situation) {
    let values: ReturnType<typeof valuesOf> | undefined;
    const against: Exclude<Ruling, { effect: "allow" }>[] = [];
    for (const { name, when, effect, reason, phases, weight, alternative } of all) {
      const compiled = compile(when);
      if (!compiled.ok) return { effect: "deny", reason: `The rule ${name} is broken: ${compiled.message}` };
      const { expression } = compiled;
      if (!(phases ?? expression.phases).includes(action.phase)) continue;
      values ??= valuesOf(action, situation);
      try {
        if (!expression.holds(values)) continue;
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        return {
          effect: "deny",
          reason: `The rule ${name} cannot be evaluated, so nothing is allowed: ${why}`,
        };
      }
      const more = { ...(weight && { weight }), ...(alternative !== undefined && { alternative }) };
      against.push({ effect, reason: `${reason} (rule ${name})`, ...more });
    }
    return against.find(({ effect }) => effect === "deny") ?? against[0];
  },
};
