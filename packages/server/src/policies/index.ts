/**
 * The built-in policies. To add one: a file beside this one that exports a `Policy`, and a line in `policies`.
 */
import {
  type Action,
  combine,
  type Decision,
  type Policy,
  type PolicyUse,
  type Refusal,
  type Ruling,
} from "@tutti/core";
import { readOnly } from "./read-only.ts";
import { workspaceOnly } from "./workspace-only.ts";

const policies: readonly Policy[] = [readOnly, workspaceOnly];

/** The combined decision of the policies in use. Never throws: what cannot be evaluated is denied. */
export function evaluate(
  uses: readonly PolicyUse[],
  action: Action,
  known: readonly Policy[] = policies,
): Decision {
  return combine(uses.map((use) => ({ policy: use.name, ruling: rule(use, action, known) })));
}

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

function rule(use: PolicyUse, action: Action, known: readonly Policy[]): Ruling | undefined {
  const policy = known.find(({ name }) => name === use.name);
  if (!policy)
    return { effect: "deny", reason: `The policy ${use.name} is not known here, so nothing is allowed.` };
  try {
    return policy.evaluate(action, policy.params.parse(use.params));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { effect: "deny", reason: `The policy ${use.name} failed, so nothing is allowed: ${message}` };
  }
}
