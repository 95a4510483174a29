/**
 * CONTRACT 2: what a policy is, and how decisions combine.
 *
 * A policy is one small file: a name, the phases in which it wants to be asked, a schema for its parameters, and one pure
 * function from an action to a ruling.
 *
 * Who calls. Dispatch, inside its transaction, for every action of every session; once for each, so that what a policy
 * counts is counted once. A user's own TypeScript policy is asked in a worker with a deadline, with the same arguments.
 *
 * What must hold. No I/O, no clock, no memory but `state`: plain JSON that the log keeps. A ruling may carry the next state;
 * it takes effect with the action, and is dropped when the action is denied or a person refuses it. `undefined` is "no
 * opinion". An exception, a bad state, a missed deadline count as denials.
 *
 * How they combine. Policies of all levels are asked and the strictest ruling counts: deny beats ask beats allow. So a lower
 * level adds rules and never loosens those of a higher one. Several asks make one question.
 */
import { z } from "zod";
import { type Agreement, agreementsSchema, joinAgreements } from "./budget.ts";
import type { PushFacts } from "./push.ts";
import type { Role } from "./task.ts";
import type { ToolCall } from "./tool.ts";
import type { Vendor } from "./vendor.ts";

/** When policies are asked. */
export const policyPhaseSchema = z.enum([
  "request", // a text for the agent
  "tool-call", // before a call is carried out
  "tool-result", // what came of it, before it is kept
  "response", // what the agent says, before it is kept
  "model-call", // before a model is called, as far as that can be held; again when it is known who served
  "session-start", // before an agent is seated
  "push", // before a remote is changed
]);
export type PolicyPhase = z.infer<typeof policyPhaseSchema>;

/** What is about to happen. */
export type Action =
  | { phase: "request"; text: string }
  | { phase: "tool-call"; call: ToolCall }
  | { phase: "tool-result"; name: string; ok: boolean; text: string }
  | { phase: "response"; text: string }
  | { phase: "model-call"; model: string | null; vendor: Vendor | null; served: boolean }
  | {
      phase: "session-start";
      harness: string;
      model: string | null;
      vendor: Vendor | null;
      /** Set when another endpoint than the harness's own serves. */
      baseUrl: string | null;
    }
  | { phase: "push"; push: PushFacts };

/** What was spent in one scope. Amounts are US dollars. */
export interface Spent {
  /** The session's id, the root session's id, the repository's root, the person's name. */
  of: string;
  /** What is paid for by use: as reported, or at list price. */
  usd: number;
  /** Model calls whose price nobody can say; they are in none of the amounts. */
  unknownCalls: number;
  /** What was used on flat subscriptions, at list price, and calls there that have none. */
  subscription: { usd: number; unknownCalls: number };
  /**
   * What calls that are under way in the scope's other sessions may cost: for each with an open turn, the dearest call of the
   * latest turn in which it used something.
   */
  reserved: { usd: number; subscriptionUsd: number };
  /** Up to what a person has agreed; 0 and false where nobody was asked. */
  agreed: { usd: number; unknown: boolean };
}

/** What was spent so far, by scope. */
export interface Spending {
  /** Today in UTC, `2030-01-31`. */
  day: string;
  session: Spent;
  /** The root session and all below it, this one included. */
  tree: Spent;
  /** Today in the same repository; null when the session works in none. */
  projectToday: Spent | null;
  /** Today by the person who began the request; null when no person did. */
  userToday: Spent | null;
}

/** What a policy may know of the session beside the action. */
export interface Situation {
  session: string;
  role: Role | null;
  /** The folder that the agent works in, absolute; null for a session without one. */
  workspace: string | null;
  /** The person's home folder on the machine, absolute; null until the machine has said it. */
  home: string | null;
  /** The agent's processes are held by the operating system in its folder. */
  confined: boolean;
  /** A remote is reached through Tutti's push gate alone, where the `push` phase asks with the real facts. */
  pushGate: boolean;
  /** Null where no policy in force uses it, and where no model is about to be called. */
  spending: Spending | null;
}

/** How much hangs on a yes. */
export const weightSchema = z.enum(["routine", "leaves-machine", "irreversible"]);
export type Weight = z.infer<typeof weightSchema>;

const heavier = (a: Weight, b: Weight): Weight =>
  weightSchema.options.indexOf(a) >= weightSchema.options.indexOf(b) ? a : b;

/** What a rule that only reports would have said. */
export const reportSchema = z.strictObject({
  policy: z.string(),
  effect: z.enum(["ask", "deny"]),
  reason: z.string(),
});

const said = {
  reason: z.string(),
  policies: z.array(z.string()),
  weight: weightSchema.optional(),
  /** A safer way to the same end, in a person's words. */
  alternative: z.string().optional(),
};
const reported = { reported: z.array(reportSchema).optional() };

export const decisionSchema = z.discriminatedUnion("effect", [
  z.strictObject({
    effect: z.literal("allow"),
    /** The rule of this session that stood in for a person's answer, in words. */
    rule: z.string().optional(),
    ...reported,
  }),
  z.strictObject({
    effect: z.literal("ask"),
    ...said,
    /** What a yes agrees to spend; without it the question is not about money. */
    agreements: agreementsSchema.optional(),
    ...reported,
  }),
  z.strictObject({ effect: z.literal("deny"), ...said, ...reported }),
]);
export type Decision = z.infer<typeof decisionSchema>;

/** One policy's answer. `text` replaces the action's text where it is kept: in phases `tool-result` and `response`. */
export type Ruling<State = unknown> =
  | { effect: "allow"; state?: State; text?: string }
  | {
      effect: "ask" | "deny";
      reason: string;
      state?: State;
      weight?: Weight;
      /** A safer way to the same end, in a person's words. */
      alternative?: string;
      /** With `ask`: what a yes agrees to spend. */
      agreements?: readonly Agreement[];
    };

/** A ruling of a program that is not Tutti's own, as it comes in. */
export const rulingSchema = z.discriminatedUnion("effect", [
  z.strictObject({ effect: z.literal("allow"), state: z.json().optional(), text: z.string().optional() }),
  z.strictObject({
    effect: z.enum(["ask", "deny"]),
    reason: z.string().min(1).max(4_000),
    state: z.json().optional(),
    weight: weightSchema.optional(),
    alternative: z.string().max(4_000).optional(),
  }),
]);

export interface Policy<Params = unknown, State = unknown> {
  name: string;
  /** One sentence, shown to people. */
  summary: string;
  phases: readonly PolicyPhase[];
  params: z.ZodType<Params>;
  /** What the policy remembers; parsing `undefined` gives the beginning. Left out, it remembers nothing. */
  state?: z.ZodType<State>;
  /** It reads `Situation.spending`, which is looked up for those that do. */
  usesSpending?: true;
  evaluate(action: Action, params: Params, state: State, situation: Situation): Ruling<State> | undefined;
}

export const policyLevelSchema = z.enum(["server", "agent", "session"]);
export type PolicyLevel = z.infer<typeof policyLevelSchema>;

/** A policy in force, with its parameters. */
export const policyUseSchema = z.strictObject({
  name: z.string().min(1),
  params: z.record(z.string(), z.json()).default({}),
  level: policyLevelSchema.default("session"),
  /** It only reports what it would have said. */
  shadow: z.boolean().optional(),
});
export type PolicyUse = z.infer<typeof policyUseSchema>;

/** What policies remember, by `policyKey`. */
export const policyStatesSchema = z.record(z.string(), z.json());
export type PolicyStates = z.infer<typeof policyStatesSchema>;

/** Names each use of a list, also when a policy is used twice: where its state is kept. */
export function policyKeys(uses: readonly PolicyUse[]): string[] {
  const seen = new Map<string, number>();
  return uses.map(({ level, name }) => {
    const key = `${level}/${name}`;
    const before = seen.get(key) ?? 0;
    seen.set(key, before + 1);
    return before === 0 ? key : `${key}#${before + 1}`;
  });
}

/** How one policy voted on an action. */
export interface Vote {
  /** Its `policyKey`. */
  key: string;
  policy: string;
  shadow: boolean;
  /** Undefined: no opinion. */
  ruling: Ruling | undefined;
  before: PolicyStates[string] | undefined;
}

/** What all policies together say of an action. */
export interface Evaluation {
  decision: Decision;
  /** The states that change when the action takes place. */
  states: PolicyStates;
  /** What is kept instead of the action's text. */
  text?: string;
  votes: readonly Vote[];
}

/** Deny beats ask beats allow; what the winners say is joined. No opinion at all allows. */
export function combine(votes: readonly Pick<Vote, "policy" | "shadow" | "ruling">[]): Decision {
  const against = votes.flatMap(({ policy, shadow, ruling }) =>
    ruling !== undefined && ruling.effect !== "allow" ? [{ policy, shadow, ruling }] : [],
  );
  const reports = against
    .filter(({ shadow }) => shadow)
    .map(({ policy, ruling: { effect, reason } }) => ({ policy, effect, reason }));
  const shadowed = reports.length > 0 ? { reported: reports } : {};
  for (const effect of ["deny", "ask"] as const) {
    const winning = against.filter(({ shadow, ruling }) => !shadow && ruling.effect === effect);
    if (winning.length === 0) continue;
    const weights = winning.flatMap(({ ruling }) => ruling.weight ?? []);
    const agreements = effect === "ask" ? winning.flatMap(({ ruling }) => ruling.agreements ?? []) : [];
    const alternative = winning.find(({ ruling }) => ruling.alternative !== undefined)?.ruling.alternative;
    return {
      effect,
      reason: [...new Set(winning.map(({ ruling }) => ruling.reason))].join(" "),
      policies: winning.map(({ policy }) => policy),
      ...(weights.length > 0 && { weight: weights.reduce(heavier) }),
      ...(alternative !== undefined && { alternative }),
      ...(agreements.length > 0 && { agreements: joinAgreements(agreements) }),
      ...shadowed,
    };
  }
  return { effect: "allow", ...shadowed };
}

/** What a person is told of an action, and what an answer is bound to. */
export interface Description {
  /** The same for the same action, also when it is spelled a little differently. */
  identity: string;
  /** What would happen, in plain words, a sentence each. */
  effect: readonly string[];
  weight: Weight;
  alternative?: string;
  /** What "allow alike in this session" would allow; absent where each one must be seen. */
  rule?: { key: string; words: string };
}
