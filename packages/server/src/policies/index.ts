/**
 * The built-in policies. To add one: a file beside this one that exports a `Policy`, and a line in `policies`.
 */
import type { DecideContext, Policy, PolicyUse, Refusal } from "@tutti/core";
import { budget } from "./budget.ts";
import { evaluateWith } from "./evaluate.ts";
import { readOnly } from "./read-only.ts";
import { workspaceOnly } from "./workspace-only.ts";

export { describe } from "./describe.ts";

const policies: readonly Policy[] = [readOnly, workspaceOnly, budget as Policy];

/** What the built-in policies say of an action. Never throws: what cannot be evaluated is denied. */
export const evaluate: DecideContext["evaluate"] = (uses, action, states, situation) =>
  evaluateWith(policies, uses, action, states, situation);

/** Whether a policy of these reads what was spent. */
export const usesSpending = (uses: readonly PolicyUse[]): boolean =>
  uses.some((use) => policies.some((policy) => policy.name === use.name && policy.usesSpending));

/** Why policies can't be used as a session asks for, which is told when the session is created. */
export function policyRefusal(
  uses: readonly PolicyUse[],
  known: readonly Policy[] = policies,
): Refusal | undefined {
  for (const [index, use] of uses.entries()) {
    const field = `command.spec.policies.${index}`;
    const policy = known.find(({ name }) => name === use.name);
    if (!policy) {
      const names = known.map(({ name }) => name).join(", ");
      return {
        kind: "invalid",
        message: `no policy named ${use.name}; known: ${names}`,
        field: `${field}.name`,
      };
    }
    const issue = policy.params.safeParse(use.params).error?.issues[0];
    if (issue)
      return {
        kind: "invalid",
        message: `${use.name}: ${issue.message}`,
        field: [field, "params", ...issue.path].join("."),
      };
  }
  return undefined;
}
