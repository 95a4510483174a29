import type { Orchestration, Refusal, SessionSpec } from "@tutti/core";
import { policyRefusal } from "../policies/index.ts";

/** The programs that sessions may be led by: what is checked of them. */
type Program = Pick<Orchestration<never>, "name" | "version" | "input">;

/** Why a session with this spec would fail later, told when it is created: its policies, its program and its input. */
export function admission(programs: readonly Program[]): (spec: SessionSpec) => Refusal | undefined {
  return ({ policies, orchestration }) => policyRefusal(policies) ?? programRefusal(programs, orchestration);
}

function programRefusal(
  programs: readonly Program[],
  wanted: SessionSpec["orchestration"],
): Refusal | undefined {
  if (!wanted) return undefined;
  const field = "command.spec.orchestration";
  const program = programs.find(({ name, version }) => name === wanted.name && version === wanted.version);
  if (!program) {
    const known = programs.map(({ name, version }) => `${name} ${version}`).join(", ");
    const message = `no orchestration ${wanted.name} ${wanted.version}; known: ${known || "none"}`;
    return { kind: "invalid", message, field };
  }
  const issue = program.input.safeParse(wanted.input).error?.issues[0];
  if (!issue) return undefined;
  const where = [field, "input", ...issue.path.map(String)].join(".");
  return { kind: "invalid", message: `${where}: ${issue.message}`, field: where };
}
