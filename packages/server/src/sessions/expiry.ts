/** Ends questions that nobody answered in time: the answer is no. */
import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "../database/pool.ts";
import type { Dispatch } from "./dispatch.ts";

export interface ExpiryParts {
  database: Database;
  dispatch: Dispatch;
  now(): Date;
  onFault(error: unknown): void;
}

const everyMs = 1_000;
const most = 100;
const reason = "Nobody answered in time, which is a no.";

/**
 * Looks every second whether a question is due, until the returned function is called; it resolves when nothing is under way
 * any more. Several servers may do so at once: the first answer counts.
 */
export function keepDeadlines(parts: ExpiryParts): () => Promise<void> {
  const stopping = new AbortController();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await expire(parts).catch(parts.onFault);
      await delay(everyMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  })();
  return async () => {
    stopping.abort();
    await running;
  };
}

/** Answers what is due now. */
export async function expire({ database, dispatch, now }: ExpiryParts): Promise<void> {
  const due = await database.kysely
    .selectFrom("deadlines")
    .select(["session", "approval"])
    .where("due_at", "<=", now())
    .orderBy("due_at")
    .limit(most)
    .execute();
  for (const { session, approval } of due)
    await dispatch(
      {
        id: `expire ${session} ${approval}`,
        session,
        command: { type: "approval.expire", approval, reason },
      },
      { kind: "orchestration", name: "deadlines" },
      "orchestration",
    );
}
