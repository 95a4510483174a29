/** The law of turns: one open turn, what may begin, what becomes of the questions of one that ends. */
import { agreementInWords } from "../budget.ts";
import type { CommandType } from "../commands.ts";
import type { Event } from "../events.ts";
import type { Decision, PolicyStates } from "../policy.ts";
import { accept, type Decider, inTurn, refuse, sentAlong } from "./deciding.ts";
import { pendingApprovals } from "./fold.ts";
import { actionsOf, judge } from "./judging.ts";
import { resumption, stops, unusedAnswers } from "./resumption.ts";
import type { SessionState } from "./state.ts";

type TurnCommand = Extract<CommandType, `turn.${string}` | "steer.settle" | "item.add" | "usage.record">;

export const turnDeciders: { [T in TurnCommand]: Decider<T> } = {
  "turn.start": (state, command, context) => {
    const { turn, text, images } = command;
    if (state.closed !== null) return refuse("conflict", `session ${state.id} is closed: ${state.closed}`);
    if (!state.spec.harness) return refuse("conflict", "this session is led by a program; it takes no turns");
    if (state.turn) return refuse("conflict", "a turn is open: steer it, interrupt it, or wait for its end");
    if (state.held) return refuse("conflict", "a turn waits for a person: answer that question first");
    const actions = actionsOf(state, command);
    const { decision, states } = judge(state, actions, context);
    if (decision.effect === "deny") return refuse("forbidden", deniedBy(decision));
    const told = withUnsettled(state, text);
    if (decision.effect === "allow")
      return accept({
        ...{ type: "turn.started", turn, origin: "prompt", text: told },
        ...sentAlong({ images }),
        ...kept(states),
      });
    const approval = heldApproval(turn);
    if (state.approvals[approval])
      return refuse("conflict", `turn ${turn} was asked about before: use a new id`);
    const { reason, policies, alternative, agreements, weight = "routine" } = decision;
    return accept(
      {
        type: "approval.requested",
        approval,
        subject: {
          ...{ kind: "turn", turn, text: told, reason, policies, weight },
          ...(alternative !== undefined && { alternative }),
          ...(agreements && { agreements }),
          effect: ["The agent begins its turn.", ...(agreements ?? []).map(agreementInWords)],
          quote: "",
          identity: turn,
        },
      },
      { type: "turn.held", turn, text: told, ...sentAlong({ images }), approval },
    );
  },
  "turn.adopt": (state, { turn }) =>
    state.turn
      ? refuse("conflict", `turn ${state.turn.id} is open`)
      : accept({ type: "turn.started", turn, origin: "background", text: "" }),
  "turn.steer": (state, command, context) => {
    if (!state.turn || state.closed !== null) return refuse("conflict", "no turn is open: start one");
    const { decision } = judge(state, actionsOf(state, command), context);
    if (decision.effect !== "allow") return refuse("forbidden", deniedBy(decision));
    const { steer, text, images } = command;
    return accept({ type: "turn.steered", turn: state.turn.id, steer, text, ...sentAlong({ images }) });
  },
  "steer.settle": (state, { steer, delivered }) =>
    state.turn
      ? accept({ type: "steer.settled", turn: state.turn.id, steer, delivered })
      : refuse("conflict", "no turn is open"),
  "turn.interrupt": (state) => {
    if (!state.turn) return refuse("conflict", "no turn is open: there is nothing to interrupt");
    return state.turn.interruptRequested
      ? accept()
      : accept({ type: "interrupt.requested", turn: state.turn.id });
  },
  "item.add": (state, command, context) =>
    inTurn(state, command.turn, () => {
      const { turn, item } = command;
      const { decision, text = item.text } = judge(state, actionsOf(state, command), context);
      const said = decision.effect === "allow" ? text : withheld(decision);
      return accept({ type: "item.added", turn, item: { ...item, text: said } });
    }),
  "usage.record": (state, command, context) =>
    inTurn(state, command.turn, (open) => {
      const { turn, usage } = command;
      const { decision, states } = judge(state, actionsOf(state, command), context);
      const recorded: Event = { type: "usage.recorded", turn, usage, ...kept(states) };
      if (decision.effect === "allow" || open.interruptRequested) return accept(recorded);
      const text = `The turn is stopped. ${deniedBy(decision)}`;
      const item = { kind: "notice" as const, id: `${turn}.refused`, level: "warning" as const, text };
      return accept(recorded, { type: "item.added", turn, item }, { type: "interrupt.requested", turn });
    }),

  "turn.end": (state, { turn, status, failure }) =>
    inTurn(state, turn, () => {
      const asked = pendingApprovals(state).filter(
        ({ subject }) => subject.kind === "tool" && subject.turn === turn,
      );
      const answered = unusedAnswers(state, turn);
      const late = answered[0];
      if (answered.some(stops)) {
        const withdrawn = asked.map(({ id }) => withdrawnWithTurn(id));
        return accept(...withdrawn, {
          ...{ type: "turn.ended", turn, status: status === "parked" ? "interrupted" : status },
          ...(failure && { failure }),
        });
      }
      const waits = asked.length > 0 || late !== undefined;
      if (status === "parked" && !waits)
        return refuse("law", "a turn is parked only while a person is asked", "status");
      // What a person is asked outlives the program and the machine that asked.
      const gone = failure?.kind === "lost" || failure?.kind === "crashed";
      if (status === "parked" || (gone && waits && state.closed === null)) {
        const ended: Event = { type: "turn.ended", turn, status: "parked", ...(failure && { failure }) };
        return late ? accept(ended, resumption(state, late)) : accept(ended);
      }
      return accept(...asked.map(({ id }) => withdrawnWithTurn(id)), {
        type: "turn.ended",
        turn,
        status,
        ...(failure && { failure }),
      });
    }),
};

const withdrawnWithTurn = (approval: string): Event => ({
  ...{ type: "approval.withdrawn", approval, reason: "its turn ended" },
});

/** The id of the question about a turn that is held. */
const heldApproval = (turn: string): string =>
  `held-${turn.toLowerCase().replace(/[^a-z0-9-]/g, "-")}`.slice(0, 80);

/** Words for the agent about calls whose effect nobody knows, before what it is told. */
export function withUnsettled(state: SessionState, text: string): string {
  if (state.unsettled.length === 0) return text;
  const calls = state.unsettled.map(({ title }) => `- ${title}`).join("\n");
  return `These calls had begun when the machine stopped. Nobody can say whether they took effect: look before you repeat one.\n${calls}\n\n${text}`;
}

const deniedBy = (decision: Exclude<Decision, { effect: "allow" }>): string =>
  `${decision.reason} (${decision.policies.join(", ")})`;

/** What is kept of a text that a policy does not want to be kept. */
export const withheld = (decision: Exclude<Decision, { effect: "allow" }>): string =>
  `[withheld: ${deniedBy(decision)}]`;

const kept = (states: PolicyStates): { states?: PolicyStates } =>
  Object.keys(states).length > 0 ? { states } : {};
