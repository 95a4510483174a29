import { type Agreement, type ApprovalState, agreementKey, type LoggedEvent } from "@tutti/core";
import { sql, type Transaction } from "kysely";
import { type Schema, toJsonb } from "../database/schema.ts";
import type { Projection } from "./projection.ts";

/** Questions about money: those that wait, and what people agreed to. */
export const budgetAnswers: Projection = async (tx, state, appended) => {
  for (const logged of appended) {
    const { event, by } = logged;
    switch (event.type) {
      case "approval.requested": {
        const { subject, approval } = event;
        if (isAboutMoneyAlone(subject)) await ask(tx, logged, approval, subject.agreements);
        break;
      }
      case "approval.resolved": {
        await settle(tx, logged.session, event.approval);
        const subject = state.approvals[event.approval]?.subject;
        if (event.answer === "allow" && subject) await agree(tx, agreementsOf(subject), by.name);
        break;
      }
      case "approval.withdrawn":
        await settle(tx, logged.session, event.approval);
        break;
    }
  }
};

type Subject = ApprovalState["subject"];

const agreementsOf = (subject: Subject): readonly Agreement[] =>
  ("agreements" in subject && subject.agreements) || [];

/** Whether nothing but budgets wanted a person to be asked. */
const isAboutMoneyAlone = (
  subject: Subject,
): subject is Extract<Subject, { kind: "tool" | "turn" }> & { agreements: Agreement[] } =>
  agreementsOf(subject).length > 0 &&
  "policies" in subject &&
  subject.policies.every((name) => name === "budget");

async function ask(
  tx: Transaction<Schema>,
  { session }: LoggedEvent,
  approval: string,
  agreements: readonly Agreement[],
): Promise<void> {
  const { root } = await tx
    .selectFrom("spending")
    .select("root")
    .where("session", "=", session)
    .executeTakeFirstOrThrow();
  await tx
    .insertInto("budget_questions")
    .values({ session, approval, root, agreements: toJsonb([...agreements]) })
    .execute();
}

const settle = (tx: Transaction<Schema>, session: string, approval: string) =>
  tx.deleteFrom("budget_questions").where("session", "=", session).where("approval", "=", approval).execute();

/** Amounts only rise, so that the same yes in many sessions is one. */
async function agree(
  tx: Transaction<Schema>,
  agreements: readonly Agreement[],
  person: string,
): Promise<void> {
  // In one order everywhere: two that write the same rows never wait for each other in a ring.
  const rows = agreements
    .map((one) => ({ key: agreementKey(one), usd: one.usd, unknown: one.unknown, person }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  for (const row of rows)
    await tx
      .insertInto("budget_agreements")
      .values(row)
      .onConflict((conflict) =>
        conflict.column("key").doUpdateSet({
          usd: sql`greatest(budget_agreements.usd, excluded.usd)`,
          unknown: sql`budget_agreements.unknown or excluded.unknown`,
          person,
        }),
      )
      .execute();
}
