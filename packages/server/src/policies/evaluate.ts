/** Asks the policies in force about an action. Pure, and total: what cannot be evaluated is denied. */
import {
  type Action,
  combine,
  type Evaluation,
  type Policy,
  type PolicyStates,
  type PolicyUse,
  policyKeys,
  type Ruling,
  type Situation,
  type Vote,
} from "@tutti/core";
import { usable } from "./usable.ts";

/** Rulings that were made elsewhere, by a user's own programs: for an action, by the policy's key. */
export type ForeignRulings = (action: Action) => ReadonlyMap<string, Ruling | undefined> | undefined;

export function evaluateWith(
  known: readonly Policy[],
  uses: readonly PolicyUse[],
  action: Action,
  states: PolicyStates,
  situation: Situation,
  foreign: ForeignRulings = () => undefined,
): Evaluation {
  const keys = policyKeys(uses);
  const elsewhere = foreign(action);
  const after: PolicyStates = {};
  let text: string | undefined;
  /** Each one that rewrites is given what the ones before it left. */
  let seen = action;
  const rewritten = (ruling: Ruling | undefined, shadow: boolean) => {
    if (shadow || ruling?.effect !== "allow" || ruling.text === undefined) return;
    text = ruling.text;
    if (seen.phase === "tool-result" || seen.phase === "response") seen = { ...seen, text };
  };
  // Programs were asked first: what is Tutti's own has the last word on a text.
  for (const [index, key] of keys.entries()) rewritten(elsewhere?.get(key), uses[index]?.shadow ?? false);
  const votes = uses.map((use, index): Vote => {
    const key = keys[index] ?? use.name;
    const shadow = use.shadow ?? false;
    const before = states[key];
    const isForeign = elsewhere?.has(key) ?? false;
    const ruling = isForeign ? elsewhere?.get(key) : rule(known, use, seen, before, situation);
    if (!isForeign) rewritten(ruling, shadow);
    if (ruling?.state !== undefined) after[key] = ruling.state as PolicyStates[string];
    return { key, policy: spokenName(use), shadow, ruling, before };
  });
  return { decision: combine(votes), states: after, votes, ...(text !== undefined && { text }) };
}

/** What a person knows the policy by: a program and a file of rules have names of their own. */
function spokenName({ name, params }: PolicyUse): string {
  const own = name === "program" ? params.name : name === "rules" ? params.file : undefined;
  return typeof own === "string" ? own : name;
}

function rule(
  known: readonly Policy[],
  use: PolicyUse,
  action: Action,
  before: unknown,
  situation: Situation,
): Ruling | undefined {
  const found = usable(known, use);
  if (!found.ok) return { effect: "deny", reason: found.reason };
  const { policy, params } = found;
  if (!policy.phases.includes(action.phase)) return undefined;
  try {
    return policy.evaluate(action, params, policy.state?.parse(before), situation);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { effect: "deny", reason: `The policy ${use.name} failed, so nothing is allowed: ${message}` };
  }
}
