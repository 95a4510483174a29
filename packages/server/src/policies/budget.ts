import {
  type Agreement,
  type BudgetScope,
  dollars,
  joinAgreements,
  type Policy,
  type Spending,
  type Spent,
  scopeInWords,
} from "@tutti/core";
import { z } from "zod";

const amount = z.number().positive().max(1_000_000);

const limitSchema = z
  .strictObject({
    /** From this amount on a person is asked, once, whether to go on. US dollars. */
    warn: amount.optional(),
    /** At this amount everything in the scope waits for a person. US dollars. */
    limit: amount,
    /** By how much a yes raises the limit; by itself when left out. */
    step: amount.optional(),
  })
  .refine(({ warn, limit }) => warn === undefined || warn < limit, {
    path: ["warn"],
    message: "warn must be below limit",
  });
type Limit = z.infer<typeof limitSchema>;

const paramsSchema = z
  .strictObject({
    session: limitSchema
      .optional()
      .describe(
        "For one session, in US dollars: `limit`, `warn` before it, `step` by which a yes raises it.",
      ),
    tree: limitSchema.optional().describe("For a request with all its agents."),
    projectDay: limitSchema.optional().describe("For a day's work in a repository."),
    userDay: limitSchema.optional().describe("For a day's work of a person."),
    unknown: z
      .union([z.literal("ask"), z.strictObject({ countAs: amount })])
      .default("ask")
      .describe(
        "Calls whose price nobody can say: a person is asked once, or each counts as so many US dollars (`countAs`).",
      ),
    subscription: z
      .enum(["ignore", "count"])
      .default("ignore")
      .describe("Whether what is used on a flat subscription counts at list price; it costs nothing more."),
  })
  .refine(({ session, tree, projectDay, userDay }) => session ?? tree ?? projectDay ?? userDay, {
    message: "name a limit: session, tree, projectDay or userDay, such as tree: { limit: 5 }",
  });
type Params = z.infer<typeof paramsSchema>;

/**
 * Limits on what is spent. Asked before a model is called: when a turn begins, and at each tool call, whose result goes to
 * the model. What agents do side by side is counted together, so that all of a tree wait at its limit.
 */
export const budget: Policy<Params> = {
  name: "budget",
  summary: "At an amount of money a person is asked before more is spent.",
  phases: ["model-call"],
  params: paramsSchema,
  usesSpending: true,
  evaluate(action, params, _state, { spending }) {
    if (action.phase !== "model-call" || action.served) return undefined;
    if (!spending) return { effect: "deny", reason: "Nobody counts what is spent here, so nothing more is." };
    const asked = limits(params, spending).flatMap((one) => check(one, params, spending.day));
    if (asked.length === 0) return undefined;
    const alone = asked.every(({ agreement }) => agreement.scope === "session");
    return {
      effect: "ask",
      reason: [
        ...asked.map(({ reason }) => reason),
        alone ? "A no stops this agent." : "A no stops every agent of this request that is at work.",
      ].join(" "),
      agreements: joinAgreements(asked.map(({ agreement }) => agreement)),
      alternative: "Choose a cheaper model for the agent's next turns before you answer.",
    };
  },
};

interface Counted {
  scope: BudgetScope;
  limit: Limit;
  spent: Spent;
}

/** The limits that apply, the narrowest first. What isn't known to belong to a project or a person counts in neither. */
function limits(
  { session, tree, projectDay, userDay }: Params,
  { session: own, tree: whole, projectToday, userToday }: Spending,
): Counted[] {
  const all = [
    ["session", session, own],
    ["tree", tree, whole],
    ["project-day", projectDay, projectToday],
    ["user-day", userDay, userToday],
  ] as const;
  return all.flatMap(([scope, limit, spent]) => (limit && spent ? [{ scope, limit, spent }] : []));
}

interface Asked {
  reason: string;
  agreement: Agreement;
}

function check({ scope, limit, spent }: Counted, params: Params, today: string): Asked[] {
  const counts = params.subscription === "count";
  const unknownCalls = spent.unknownCalls + (counts ? spent.subscription.unknownCalls : 0);
  const guessed = params.unknown === "ask" ? 0 : unknownCalls * params.unknown.countAs;
  const usd = spent.usd + (counts ? spent.subscription.usd : 0) + guessed;
  const reserved = spent.reserved.usd + (counts ? spent.reserved.subscriptionUsd : 0);

  const day = scope === "session" || scope === "tree" ? null : today;
  const { of, agreed } = spent;
  const about = { scope, of, day };
  const whose = scopeInWords(about);
  const who = `${whose.charAt(0).toUpperCase()}${whose.slice(1)}`;
  const soFar = `${who} has spent ${dollars(usd)}`;
  const asked: Asked[] = [];

  const ceiling = Math.max(limit.limit, agreed.usd);
  const expected = usd + reserved;
  if (expected >= ceiling) {
    const raised = ceiling + nextStep(expected - ceiling, limit.step ?? limit.limit);
    const underWay = reserved > 0 ? `, calls under way may cost ${dollars(reserved)} more` : "";
    asked.push({
      reason: `${soFar}${underWay}, and its limit is ${dollars(ceiling)}. A yes raises the limit to ${dollars(raised)}.`,
      agreement: { ...about, usd: raised, unknown: agreed.unknown },
    });
  } else if (limit.warn !== undefined && usd >= limit.warn && agreed.usd < limit.warn) {
    asked.push({
      reason: `${soFar} of its ${dollars(ceiling)}. A yes lets it go on up to the limit.`,
      agreement: { ...about, usd: limit.warn, unknown: agreed.unknown },
    });
  }
  if (params.unknown === "ask" && unknownCalls > 0 && !agreed.unknown)
    asked.push({
      reason: `${who} has made ${unknownCalls} model ${unknownCalls === 1 ? "call" : "calls"} whose price nobody can say, so that its limit of ${dollars(ceiling)} may be passed unseen. A yes lets such calls go on, uncounted.`,
      agreement: { ...about, usd: agreed.usd, unknown: true },
    });
  return asked;
}

/** The least multiple of a step that is more than what is over. */
const nextStep = (over: number, step: number): number => step * (Math.floor(over / step) + 1);
