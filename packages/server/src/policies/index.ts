/**
 * The built-in policies. To add one: a file beside this one that exports a `Policy`, and a line in `policies`.
 */
import type { DecideContext, Policy, PolicyUse, Refusal } from "@tutti/core";
import { destructiveGit } from "./destructive-git.ts";
import { destructiveShell } from "./destructive-shell.ts";
import { evaluateWith } from "./evaluate.ts";
import { protectedBranches } from "./protected-branches.ts";
import { readOnly } from "./read-only.ts";
import { workspaceOnly } from "./workspace-only.ts";

export { describe } from "./describe.ts";

const policies: readonly Policy[] = [
  readOnly,
  workspaceOnly,
  destructiveGit,
  destructiveShell,
  protectedBranches,
];

/** What the built-in policies say of an action. Never throws: what cannot be evaluated is denied. */
export const evaluate: DecideContext["evaluate"] = (uses, action, states, situation) =>
  evaluateWith(policies, uses, action, states, situation);

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
