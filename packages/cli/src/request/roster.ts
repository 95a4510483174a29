import type { Agent } from "@tutti/core";
import { checkRosters, type RosterMachine, type RosterProblem } from "@tutti/runner";
import { badInput } from "../failure.ts";

/**
 * Throws a `Failure` when the file names an unknown harness, when nobody can take a role, or when all who can are of one
 * vendor: whoever reads it learns which command mends it.
 */
export async function refuseRosters(agent: Agent, file: string, machine: RosterMachine): Promise<void> {
  const problem = await checkRosters(agent, machine);
  if (problem) throw badInput(said(problem, file));
}

/** One line: every way out. */
function said(problem: RosterProblem, file: string): string {
  switch (problem.kind) {
    case "unknown-harness":
      return `${file}: roles.${problem.role}: no harness named ${problem.harness}; known: ${problem.known.join(", ")}`;
    case "nobody":
      return `nobody can take the role ${problem.role}: ${problem.ways.join("; ")}; or try it without a login: --rehearse demo`;
    case "one-vendor":
      return (
        `only models of ${problem.vendors.join(", ")} can be reached, and no vendor reviews its own work: ` +
        "log in to an agent CLI of another vendor (`tutti doctor` shows which are there), or try it with --rehearse demo"
      );
  }
}
