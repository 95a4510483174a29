/** Budgets: in which scope money is counted, and up to which amount a person has agreed to spend it. */
import { z } from "zod";
import { dollars } from "./usage.ts";

/** Where spending is counted: one session, a root session with all below it, one day of a repository, one day of a person. */
export const budgetScopeSchema = z.enum(["session", "tree", "project-day", "user-day"]);
export type BudgetScope = z.infer<typeof budgetScopeSchema>;

/** What a yes to a question about money agrees to. Amounts are totals of the scope, so that the same yes twice is one. */
export const agreementSchema = z.strictObject({
  scope: budgetScopeSchema,
  /** The session's id, the root session's id, the repository's root, the person's name. */
  of: z.string(),
  /** The day in UTC, `2030-01-31`; null for scopes without one. */
  day: z.iso.date().nullable(),
  /** The scope may spend up to so many US dollars in all. */
  usd: z.number().min(0),
  /** Calls whose price nobody can say may go on, uncounted. */
  unknown: z.boolean(),
});
export type Agreement = z.infer<typeof agreementSchema>;

export const agreementsSchema = z.array(agreementSchema);

/** The same for agreements about the same money. */
export const agreementKey = ({ scope, of, day }: Pick<Agreement, "scope" | "of" | "day">): string =>
  JSON.stringify([scope, of, day]);

/** Whether what was agreed allows everything that is wanted. */
export const covers = (
  agreed: Pick<Agreement, "usd" | "unknown"> | undefined,
  wanted: Pick<Agreement, "usd" | "unknown">,
): boolean => agreed !== undefined && agreed.usd >= wanted.usd && (agreed.unknown || !wanted.unknown);

/** One agreement for each key: the one that allows what any of them allows. */
export function joinAgreements(all: readonly Agreement[]): Agreement[] {
  const joined = new Map<string, Agreement>();
  for (const one of all) {
    const key = agreementKey(one);
    const before = joined.get(key) ?? one;
    joined.set(key, {
      ...one,
      usd: Math.max(before.usd, one.usd),
      unknown: before.unknown || one.unknown,
    });
  }
  return [...joined.values()];
}

const scopeWords = {
  session: () => "this agent",
  tree: () => "this request",
  "project-day": ({ of, day }) => `all work in ${of} on ${day} (UTC)`,
  "user-day": ({ of, day }) => `all work of ${of} on ${day} (UTC)`,
} as const satisfies Record<BudgetScope, (agreement: Pick<Agreement, "of" | "day">) => string>;

/** Whose money it is, in a person's words: `this request`. */
export const scopeInWords = ({ scope, of, day }: Pick<Agreement, "scope" | "of" | "day">): string =>
  scopeWords[scope]({ of, day });

/** What a yes does, a sentence. */
export function agreementInWords(agreement: Agreement): string {
  const whose = scopeInWords(agreement);
  const parts = [
    ...(agreement.usd > 0 ? [`may spend up to ${dollars(agreement.usd)} in all`] : []),
    ...(agreement.unknown ? ["may go on with calls whose price nobody can say"] : []),
  ];
  return `${whose.charAt(0).toUpperCase()}${whose.slice(1)} ${parts.join(" and ")}.`;
}
