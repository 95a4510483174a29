/** Asks policies as dispatch does, and keeps every vote. Nothing is stored. */
import {
  type Action,
  type ActionReport,
  actionsOf,
  type Command,
  type DecideContext,
  type PolicyStates,
  type PolicyUse,
  policyKeys,
  type Ruling,
  type SessionState,
  type Spending,
  situationOf,
  type VoteReport,
} from "@tutti/core";
import type { Programs } from "../governance/index.ts";
import { describe, evaluator, usesSpending } from "../policies/index.ts";

export type AskPrograms = Pick<Programs, "rulings">;

/**
 * What a decider needs for a command on a state, with what users' own programs say of it. What was spent at the time is not
 * known: limits of money are asked as if nothing was.
 */
export async function contextOf(
  programs: AskPrograms,
  state: SessionState,
  command: Command,
): Promise<DecideContext> {
  const has = state.policies.some(({ name }) => name === "program");
  const foreign = has
    ? await programs.rulings(
        state.policies,
        actionsOf(state, command),
        state.policyStates,
        situationOf(state, nothingSpent(state)),
      )
    : undefined;
  return { evaluate: evaluator(foreign), describe, standing: [], spending: nothingSpent(state) };
}

/** Whether a rule may look at what was spent. */
export const looksAtSpending = ({ name, params }: PolicyUse): boolean =>
  usesSpending([{ name, params, level: "server" }]) &&
  (name !== "rules" || JSON.stringify(params).includes("spending"));

export function nothingSpent({ id }: Pick<SessionState, "id">): Spending {
  const nothing = {
    ...{ of: id, usd: 0, unknownCalls: 0, subscription: { usd: 0, unknownCalls: 0 } },
    ...{ reserved: { usd: 0, subscriptionUsd: 0 }, agreed: { usd: 0, unknown: false } },
  };
  return { day: "1970-01-01", session: nothing, tree: nothing, projectToday: null, userToday: null };
}

/** Every vote on actions that take place one after the other. */
export function reportOn(
  state: SessionState,
  actions: readonly Action[],
  { evaluate }: DecideContext,
): ActionReport[] {
  const keys = policyKeys(state.policies);
  let states: PolicyStates = state.policyStates;
  return actions.map((action) => {
    const {
      votes,
      decision,
      states: after,
    } = evaluate(state.policies, action, states, situationOf(state, nothingSpent(state)));
    const reports = state.policies.map((use, index): VoteReport => {
      const vote = votes[index];
      const key = keys[index] ?? use.name;
      const before = states[key];
      return {
        policy: vote?.policy ?? use.name,
        level: use.level,
        shadow: use.shadow ?? false,
        params: inShort(use.params),
        ruling: vote?.ruling ? rulingReport(vote.ruling) : null,
        ...(before !== undefined && { before }),
        ...(after[key] !== undefined && { after: after[key] }),
      };
    });
    states = { ...states, ...after };
    return { phase: action.phase, decision, votes: reports };
  });
}

const rulingReport = (ruling: Ruling): NonNullable<VoteReport["ruling"]> =>
  ruling.effect === "allow"
    ? { effect: "allow", reason: null, weight: null, alternative: null }
    : {
        effect: ruling.effect,
        reason: ruling.reason,
        weight: ruling.weight ?? null,
        alternative: ruling.alternative ?? null,
      };

const longest = 500;

/** Parameters for a person: a program's text and the like are left out. */
export function inShort(params: PolicyUse["params"]): PolicyUse["params"] {
  return Object.fromEntries(
    Object.entries(params).map(([key, value]) => [
      key,
      typeof value === "string" && value.length > longest ? `… ${value.length} characters` : value,
    ]),
  );
}

/** What an action is about, on one line. */
export function whatOf(action: Action): string {
  switch (action.phase) {
    case "tool-call": {
      const { name, command, paths } = action.call;
      return oneLine(command ?? [name, ...(paths ?? [])].join(" "));
    }
    case "push":
      return oneLine(`push ${action.push.updates.map(({ ref }) => ref).join(", ")} to ${action.push.remote}`);
    case "request":
    case "response":
    case "tool-result":
      return oneLine(action.text);
    case "session-start":
      return action.harness;
    case "model-call":
      return action.model ?? "a model";
  }
}

const oneLine = (text: string): string => {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
};
