import type { Projection } from "./projection.ts";

/** Questions that become a no by themselves when nobody answers, with the time at which they do. */
export const deadlines: Projection = async (tx, state, appended) => {
  for (const { session, at, event } of appended) {
    switch (event.type) {
      case "approval.requested": {
        const { onNoAnswer } = state.spec;
        if (!onNoAnswer) break;
        const due = new Date(Date.parse(at) + onNoAnswer.denyAfterMinutes * 60_000);
        await tx.insertInto("deadlines").values({ session, approval: event.approval, due_at: due }).execute();
        break;
      }
      case "approval.resolved":
      case "approval.withdrawn":
        await tx
          .deleteFrom("deadlines")
          .where("session", "=", session)
          .where("approval", "=", event.approval)
          .execute();
        break;
    }
  }
};
