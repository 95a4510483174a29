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

/** Rulings that were made elsewhere, by the policy's key: of a user's own programs. */
export type ForeignRulings = ReadonlyMap<string, Ruling | undefined>;

export function evaluateWith(
  known: readonly Policy[],
  uses: readonly PolicyUse[],
  action: Action,
  states: PolicyStates,
  situation: Situation,
  foreign: ForeignRulings = new Map(),
): Evaluation {
  const keys = policyKeys(uses);
  const votes = uses.map((use, index): Vote => {
    const key = keys[index] ?? use.name;
    const before = states[key];
    const ruling = foreign.has(key) ? foreign.get(key) : rule(known, use, action, before, situation);
    return { key, policy: use.name, shadow: use.shadow ?? false, ruling, before };
  });
  const decision = combine(votes);
  const after: PolicyStates = {};
  let text: string | undefined;
  for (const { key, ruling, shadow } of votes) {
    if (ruling?.state !== undefined) after[key] = ruling.state as PolicyStates[string];
    // Each one that rewrites sees the text as it came: the strictest, which is the shortest, is kept.
    if (!shadow && ruling?.effect === "allow" && ruling.text !== undefined)
      text = text === undefined || ruling.text.length < text.length ? ruling.text : text;
  }
  return { decision, states: after, votes, ...(text !== undefined && { text }) };
}

function rule(
  known: readonly Policy[],
  use: PolicyUse,
  action: Action,
  before: unknown,
  situation: Situation,
): Ruling | undefined {
  const policy = known.find(({ name }) => name === use.name);
  if (!policy)
    return { effect: "deny", reason: `The policy ${use.name} is not known here, so nothing is allowed.` };
  if (!policy.phases.includes(action.phase)) return undefined;
  try {
    const params = policy.params.parse(use.params);
    return policy.evaluate(action, params, policy.state?.parse(before), situation);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { effect: "deny", reason: `The policy ${use.name} failed, so nothing is allowed: ${message}` };
  }
}
