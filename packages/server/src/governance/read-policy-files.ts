import type { PolicyLevel, PolicyUse } from "@tutti/core";
import { parsePolicyFile, policyRefusal, programOf } from "../policies/index.ts";

export interface PolicyText {
  /** A path or a name, for messages. */
  file: string;
  content: string;
}

/**
 * Reads the policy files of one folder together: a file's `policies` may give parameters to a program that stands beside
 * it. Every problem names file, line and column. `off` names rules of the server that do not hold.
 */
export function readPolicyFiles(
  texts: readonly PolicyText[],
  level: PolicyLevel,
): { uses: PolicyUse[]; off: string[]; problems: string[] } {
  const problems: string[] = [];
  const off: string[] = [];
  const found: { use: PolicyUse; place: string }[] = [];
  for (const { file, content } of texts) {
    const read = parsePolicyFile(file, content, level);
    if (!read.ok) {
      problems.push(read.message);
      continue;
    }
    off.push(...read.found.off);
    for (const [index, use] of read.found.uses.entries())
      found.push({ use, place: read.found.places[index] ?? file });
  }
  const programs = new Map(found.flatMap(({ use }) => (programOf(use) ? [[use.params.name, use]] : [])));
  const configured = new Set<PolicyUse>();
  const uses: PolicyUse[] = [];
  for (const { use, place } of found) {
    const program = programs.get(use.name);
    if (program) {
      configured.add(program);
      const { shadow } = use;
      uses.push({ ...program, params: { ...program.params, params: use.params }, ...(shadow && { shadow }) });
      continue;
    }
    const refusal = policyRefusal([use], undefined, "policies");
    if (refusal) problems.push(`${place}: ${refusal.message}`);
    uses.push(use);
  }
  return { uses: uses.filter((use) => !configured.has(use)), off, problems };
}
