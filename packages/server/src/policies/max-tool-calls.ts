import type { Policy } from "@tutti/core";
import { z } from "zod";

const count = z.int().min(1).max(1_000_000);
const params = z.strictObject({
  perSession: count.default(2_000).describe("Tool calls that a session may make."),
  perTurn: count.default(500).describe("Tool calls that one turn may make."),
  effect: z
    .enum(["ask", "deny"])
    .default("ask")
    .describe("What happens to one more. A yes allows as many again."),
});
const state = z
  .strictObject({
    session: z.int(),
    turn: z.int(),
    /** How often a person allowed as many again. */
    sessionRaised: z.int(),
    turnRaised: z.int(),
  })
  .default({ session: 0, turn: 0, sessionRaised: 0, turnRaised: 0 });
type State = z.infer<typeof state>;

/** A request begins a turn's count anew. */
export const maxToolCalls: Policy<z.infer<typeof params>, State> = {
  name: "max-tool-calls",
  summary: "An agent that makes very many tool calls stops until a person says that it may go on.",
  phases: ["request", "tool-call"],
  params,
  state,
  evaluate(action, { perSession, perTurn, effect }, before) {
    if (action.phase === "request") return { effect: "allow", state: { ...before, turn: 0, turnRaised: 0 } };
    const next = { ...before, session: before.session + 1, turn: before.turn + 1 };
    const inSession = next.session > perSession * (1 + before.sessionRaised);
    const inTurn = next.turn > perTurn * (1 + before.turnRaised);
    if (!inSession && !inTurn) return { effect: "allow", state: next };
    return {
      effect,
      reason: inSession
        ? `The agent has made ${before.session} tool calls in this session.`
        : `The agent has made ${before.turn} tool calls in this turn.`,
      alternative: "Interrupt the turn, and say more closely what is to be done.",
      state: {
        ...next,
        sessionRaised: before.sessionRaised + (inSession ? 1 : 0),
        turnRaised: before.turnRaised + (inTurn ? 1 : 0),
      },
    };
  },
};
