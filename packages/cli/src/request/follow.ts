/** A request as it stands: the root session and its children, folded from their logs as they come. */
import type { Client } from "@tutti/client";
import { type ApprovalState, fold, type LoggedEvent, pendingApprovals, type SessionState } from "@tutti/core";

export interface Request {
  root: SessionState;
  /** In the order in which they began. */
  children: readonly SessionState[];
}

/** What waits for a person, and in which session. */
export interface Question {
  session: SessionState;
  approval: ApprovalState;
}

/**
 * Follows a session and its children from the beginning: every event once, in order, with the request after it.
 * Goes on for ever, until the signal aborts.
 */
export async function* followRequest(
  client: Client,
  session: string,
  signal: AbortSignal,
): AsyncGenerator<{ logged: LoggedEvent; request: Request }> {
  const states = new Map<string, SessionState>();
  for await (const message of client.followAll({ after: 0, session, signal })) {
    if (message.kind !== "event") continue;
    const logged = message.event;
    const next = fold(states.get(logged.session), logged);
    if (next) states.set(logged.session, next);
    const root = states.get(session);
    if (root)
      yield { logged, request: { root, children: [...states.values()].filter((state) => state !== root) } };
  }
}

/** The request as it stands now. */
export async function loadRequest(client: Client, session: string): Promise<Request> {
  return client.family(session);
}

/** Everything that waits for a person, the oldest question first. */
export const questions = ({ root, children }: Request): Question[] =>
  [root, ...children]
    .flatMap((session) => pendingApprovals(session).map((approval) => ({ session, approval })))
    .sort((a, b) => a.approval.requestedAt.localeCompare(b.approval.requestedAt));
