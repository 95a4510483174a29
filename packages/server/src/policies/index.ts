/**
 * The built-in policies. To add one: a file beside this one that exports a `Policy`, and a line in `policies`.
 */
import type { DecideContext, Policy, PolicyUse, Refusal } from "@tutti/core";
import { allowedHosts } from "./allowed-hosts.ts";
import { askOnTools } from "./ask-on-tools.ts";
import { budget } from "./budget.ts";
import { destructiveGit } from "./destructive-git.ts";
import { destructiveShell } from "./destructive-shell.ts";
import { detectLoop } from "./detect-loop.ts";
import { evaluateWith, type ForeignRulings } from "./evaluate.ts";
import { maxToolCalls } from "./max-tool-calls.ts";
import { modelAllowlist } from "./model-allowlist.ts";
import { piiInPrompts } from "./pii-in-prompts.ts";
import { program } from "./program.ts";
import { protectedBranches } from "./protected-branches.ts";
import { protectedPaths } from "./protected-paths.ts";
import { readOnly } from "./read-only.ts";
import { rules } from "./rules.ts";
import { secretsInOutput } from "./secrets-in-output.ts";
import { workspaceOnly } from "./workspace-only.ts";

export { defaultPolicies } from "./defaults.ts";
export { describe } from "./describe.ts";
export type { ForeignRulings } from "./evaluate.ts";
export { parsePolicyFile, policyFileName } from "./policy-file.ts";
export type { ProgramAnswer, ProgramQuestion, ProgramStart } from "./program/messages.ts";
export { programOf } from "./program.ts";

/** By name. */
export const policies: readonly Policy[] = [
  allowedHosts,
  askOnTools,
  budget,
  destructiveGit,
  destructiveShell,
  detectLoop,
  maxToolCalls,
  modelAllowlist,
  piiInPrompts,
  program,
  protectedBranches,
  protectedPaths,
  readOnly,
  rules,
  secretsInOutput,
  workspaceOnly,
] as readonly Policy[];

/** What the built-in policies, and a user's own programs, say of an action. Never throws: what cannot be evaluated is denied. */
export const evaluator =
  (foreign?: ForeignRulings): DecideContext["evaluate"] =>
  (uses, action, states, situation) =>
    evaluateWith(policies, uses, action, states, situation, foreign);

/** Whether a policy of these reads what was spent. */
export const usesSpending = (uses: readonly PolicyUse[]): boolean =>
  uses.some((use) => policies.some((policy) => policy.name === use.name && policy.usesSpending));

/** Why policies can't be used as a session asks for, which is told when the session is created. */
export function policyRefusal(
  uses: readonly PolicyUse[],
  known: readonly Policy[] = policies,
  at = "command.spec.policies",
): Refusal | undefined {
  for (const [index, use] of uses.entries()) {
    const field = `${at}.${index}`;
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
