/**
 * What the law asks beside a session's state: the policies' word, the server's own rules, what was spent.
 * The front door of this folder.
 */
import type { Command, DecideContext, PolicyUse, SessionState } from "@tutti/core";
import type { Transaction } from "kysely";
import type { Schema } from "../database/schema.ts";
import { describe, evaluator } from "../policies/index.ts";

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
}

export function openGovernance({ standing }: GovernanceParts): Governance {
  return {
    async contextFor() {
      return { evaluate: evaluator(), describe, standing, spending: null };
    },
  };
}
