import { type ApprovalSubject, isChosen, isPending, likenessOf, type SessionState } from "@tutti/core";
import type { Transaction } from "kysely";
import { type Schema, toJsonb } from "../database/schema.ts";
import type { Projection } from "./projection.ts";

/** What waits for a person: questions, and tasks that failed until a person closes their session. */
export const inbox: Projection = async (tx, state, appended) => {
  for (const { session, at, by, event } of appended) {
    switch (event.type) {
      case "approval.requested":
        await ask(tx, state, event.approval);
        break;
      case "tool.requested":
        // A call that joins an open question changes what is asked.
        if (event.approval !== undefined) await ask(tx, state, event.approval);
        break;
      case "approval.resolved":
      case "approval.withdrawn":
        await tx
          .deleteFrom("inbox_questions")
          .where("session", "=", session)
          .where("approval", "=", event.approval)
          .execute();
        break;
      case "task.ended": {
        const { task, outcome, detail } = event;
        if (outcome === "merged" || isChosen(outcome) || state.closedBy === "person") break;
        const row = { outcome, detail, at: new Date(at) };
        await tx
          .insertInto("inbox_failures")
          .values({ root: session, task, ...row })
          .onConflict((conflict) => conflict.columns(["root", "task"]).doUpdateSet(row))
          .execute();
        break;
      }
      case "session.closed":
        if (by.kind === "person") await tx.deleteFrom("inbox_failures").where("root", "=", session).execute();
        break;
    }
  }
};

async function ask(tx: Transaction<Schema>, state: SessionState, id: string): Promise<void> {
  const approval = state.approvals[id];
  if (!approval || !isPending(approval)) return;
  const { subject, requestedAt } = approval;
  const row = {
    root: state.spec.parent ?? state.id,
    subject: toJsonb(withoutBulk(subject)),
    likeness: likenessOf(subject) ?? null,
    at: new Date(requestedAt),
  };
  await tx
    .insertInto("inbox_questions")
    .values({ session: state.id, approval: id, ...row })
    .onConflict((conflict) => conflict.columns(["session", "approval"]).doUpdateSet(row))
    .execute();
}

/** A merge's diff and what its checks said can be megabytes, which no list shows; the session's state has them. */
function withoutBulk(subject: ApprovalSubject): ApprovalSubject {
  if (subject.kind !== "merge") return subject;
  const nothing = { text: "", cut: 0 };
  return {
    ...subject,
    diff: nothing,
    evidence: subject.evidence.map((evidence) => ({ ...evidence, output: nothing })),
  };
}
