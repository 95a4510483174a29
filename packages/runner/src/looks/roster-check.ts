import type { LookAnswerOf, LookOf } from "@tutti/core";
import { checkRosters, type RosterMachine, type RosterProblem } from "../roster-check.ts";

export async function checkRoster(
  { agent }: LookOf<"roster.check">,
  machine: RosterMachine,
): Promise<LookAnswerOf<"roster.check">> {
  const problem = await checkRosters(agent, machine);
  return { type: "roster.check", problem: problem ? said(problem) : null };
}

function said(problem: RosterProblem): string {
  switch (problem.kind) {
    case "unknown-harness":
      return `the role ${problem.role} names a harness ${problem.harness}, which is not known; known: ${problem.known.join(", ")}`;
    case "nobody":
      return `nobody can take the role ${problem.role} on this machine: ${problem.ways.join("; ")}`;
    case "one-vendor":
      return `only models of ${problem.vendors.join(", ")} can be reached, and no vendor reviews its own work: log in to an agent CLI of another vendor`;
  }
}
