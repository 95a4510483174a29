/**
 * What the law asks beside a session's state: the policies' word, the server's own rules, what was spent.
 * The front door of this folder.
 */
import type { Command, DecideContext, PolicyUse, SessionState } from "@tutti/core";
import type { Transaction } from "kysely";
import type { Schema } from "../database/schema.ts";
import { describe, evaluate, usesSpending } from "../policies/index.ts";
import { dayOf } from "../projections/spending.ts";
import { readSpending } from "./read-spending.ts";

export interface Governance {
  /**
   * What a decider needs for one command. Called inside the transaction that holds the session's row, before the command is
   * decided. Rejects on a fault of the database alone; a policy that fails is a denial.
   */
  contextFor(
    tx: Transaction<Schema>,
    state: SessionState | undefined,
    command: Command,
  ): Promise<DecideContext>;
}

export interface GovernanceParts {
  /** The rules of the server: in force in every session. */
  standing: readonly PolicyUse[];
  now?(): Date;
}

export function openGovernance({ standing, now = () => new Date() }: GovernanceParts): Governance {
  return {
    async contextFor(tx, state, command) {
      const counts = state !== undefined && leadsToAModel(command) && usesSpending(state.policies);
      const spending = counts ? await readSpending(tx, state.id, dayOf(now().toISOString())) : null;
      return { evaluate, describe, standing, spending };
    },
  };
}

/** Whether policies are asked about the next call of a model: then, and for nothing else, spending is looked up. */
const leadsToAModel = ({ type }: Command): boolean =>
  type === "turn.start" || type === "tool.request" || type === "approval.resolve";
