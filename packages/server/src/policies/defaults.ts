/**
 * The rules that every server has from its first start. To add one: a line here, with the parameters that differ from the
 * policy's own. An ordinary session on a branch of its own must raise no question but the merge.
 */
import type { PolicyUse } from "@tutti/core";

const names = [
  "destructive-git",
  "destructive-shell",
  "protected-branches",
  "protected-paths",
  "allowed-hosts",
  "detect-loop",
  "max-tool-calls",
  "secrets-in-output",
] as const;

export const defaultPolicies: readonly PolicyUse[] = names.map((name) => ({
  name,
  params: {},
  level: "server",
}));
