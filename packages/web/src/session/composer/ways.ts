/** To whom a person can speak, and how their words get there. Pure. */
import { pendingApprovals, type SessionState } from "@tutti/core";

/** How words reach a recipient now. */
export type Way =
  /** They begin a turn. */
  | { kind: "start"; session: string }
  /** They go into the turn that is open, at the agent's next step. */
  | { kind: "steer"; session: string }
  /** They wait in this browser until a turn is open. */
  | { kind: "wait-for-turn"; session: string }
  /** They wait in this browser until the open turn is over. */
  | { kind: "wait-for-end"; session: string }
  /** They send the change back to its author: a merge is asked about. */
  | { kind: "send-back"; session: string; approval: string }
  | { kind: "none"; why: string };

/** Somebody who can be spoken to. */
export interface Recipient {
  session: string;
  harness: string;
  /** Its role in a request; undefined for a session that a harness plays by itself. */
  role: "implementer" | "reviewer" | undefined;
}

/**
 * Whom a person can speak to: of a request the agents of tasks that go on, the busy one first; else the session's own agent.
 */
export function recipientsOf(root: SessionState, children: readonly SessionState[]): Recipient[] {
  const seat = ({ id, spec }: SessionState): Recipient[] =>
    spec.harness ? [{ session: id, harness: spec.harness.harness, role: spec.role }] : [];
  if (root.spec.harness) return root.closed === null ? seat(root) : [];
  const working = children.filter(({ spec, closed }) => {
    const task = spec.task === undefined ? undefined : root.tasks[spec.task];
    return closed === null && task?.outcome === null;
  });
  const rank = (state: SessionState) => (state.turn ? 0 : state.spec.role === "implementer" ? 1 : 2);
  return working.toSorted((a, b) => rank(a) - rank(b)).flatMap(seat);
}

/**
 * The way of words to a recipient. An agent of a request works by turns that its program begins: a turn of a person's own
 * between them would change what was already checked, so that words wait for the next one, or send the change back.
 */
export function wayTo(
  root: SessionState,
  children: readonly SessionState[],
  recipient: Recipient | undefined,
  canSteer: boolean,
): Way {
  if (!recipient)
    return { kind: "none", why: root.closed === null ? "No agent is there yet" : "This session is over" };
  const { session } = recipient;
  const state = session === root.id ? root : children.find(({ id }) => id === session);
  if (!state) return { kind: "none", why: "This agent is gone" };
  const isLed = state !== root;
  if (state.turn) {
    if (canSteer) return { kind: "steer", session };
    return isLed
      ? { kind: "none", why: "This agent takes no words while it works" }
      : { kind: "wait-for-end", session };
  }
  if (state.held) return { kind: "none", why: "It waits for your answer" };
  if (!isLed) return { kind: "start", session };
  const merge = pendingApprovals(root).find(
    ({ subject }) => subject.kind === "merge" && subject.task === state.spec.task,
  );
  if (merge && state.spec.role === "implementer")
    return { kind: "send-back", session: root.id, approval: merge.id };
  return canSteer
    ? { kind: "wait-for-turn", session }
    : { kind: "none", why: "This agent takes no words while it works" };
}
