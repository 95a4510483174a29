/** Which actions a command means, and what the policies say of them together. Pure. */
import type { ApprovalSubject } from "../approval.ts";
import type { Command } from "../commands.ts";
import type { Action, Decision, Evaluation, PolicyStates, Situation, Spending } from "../policy.ts";
import { combine } from "../policy.ts";
import { vendorOfModel } from "../vendor.ts";
import type { DecideContext } from "./deciding.ts";
import type { SessionState } from "./state.ts";

/** What policies are asked about before a command takes place; in the order in which they are asked. */
export function actionsOf(state: SessionState, command: Command): Action[] {
  switch (command.type) {
    case "turn.start":
      return [
        ...(state.turns === 0 ? sessionStart(state) : []),
        { phase: "request", text: command.text },
        nextModelCall(state),
      ];
    case "turn.steer":
      return [{ phase: "request", text: command.text }];
    case "tool.request":
      return [{ phase: "tool-call", call: command.call }, nextModelCall(state)];
    case "tool.finish": {
      const name = state.turn?.calls.find(({ id }) => id === command.call)?.name ?? "unknown";
      return [{ phase: "tool-result", name, ok: command.ok, text: command.output.text }];
    }
    case "item.add":
      return [{ phase: "response", text: command.item.text }];
    case "usage.record": {
      const { model, vendor } = command.usage;
      return [{ phase: "model-call", model, vendor, served: true }];
    }
    case "push.request":
      return [{ phase: "push", push: command.facts }];
    // What policies remember goes on when a person says yes.
    case "approval.resolve":
    case "approval.follow": {
      const subject = state.approvals[command.approval]?.subject;
      return command.answer === "allow" && subject ? actionsAbout(state, subject) : [];
    }
    default:
      return [];
  }
}

function actionsAbout(state: SessionState, subject: ApprovalSubject): Action[] {
  switch (subject.kind) {
    case "tool":
      return [{ phase: "tool-call", call: subject.call }, nextModelCall(state)];
    case "turn":
      return [
        ...(state.turns === 0 ? sessionStart(state) : []),
        { phase: "request", text: subject.text },
        nextModelCall(state),
      ];
    case "push":
      return [{ phase: "push", push: subject.facts }];
    default:
      return [];
  }
}

/** The seating of an agent, which is asked about when the session is made, and again when its first turn begins. */
export function sessionStart({ spec }: Pick<SessionState, "spec">): Action[] {
  const { harness } = spec;
  if (!harness) return [];
  const { model = null, provider } = harness;
  const named = provider?.vendor === "by-model" ? undefined : provider?.vendor;
  const vendor = named ?? (model === null ? undefined : vendorOfModel(model)) ?? null;
  return [
    { phase: "session-start", harness: harness.harness, model, vendor, baseUrl: provider?.baseUrl ?? null },
  ];
}

function nextModelCall({ spec, harness }: SessionState): Action {
  const model = spec.harness?.model ?? harness?.model ?? null;
  return { phase: "model-call", model, vendor: harness?.vendor ?? null, served: false };
}

export function situationOf(
  state: Pick<SessionState, "id" | "spec" | "machine">,
  spending: Spending | null,
): Situation {
  const { spec, machine } = state;
  return {
    session: state.id,
    role: spec.role ?? null,
    workspace: spec.workspace ?? null,
    home: machine?.home ?? null,
    confined: machine?.confined ?? false,
    pushGate: machine?.pushGate ?? false,
    spending,
  };
}

/** The policies' word on everything that a command means: the strictest counts, and each state goes on from the last. */
export function judge(
  state: SessionState,
  actions: readonly Action[],
  { evaluate, spending }: DecideContext,
): Evaluation {
  const situation = situationOf(state, spending);
  let states: PolicyStates = {};
  let text: string | undefined;
  const votes: Evaluation["votes"][number][] = [];
  const decisions: Decision[] = [];
  for (const action of actions) {
    const one = evaluate(state.policies, action, { ...state.policyStates, ...states }, situation);
    states = { ...states, ...one.states };
    text = one.text ?? text;
    votes.push(...one.votes);
    decisions.push(one.decision);
  }
  const [only] = decisions;
  const decision = only && decisions.length === 1 ? only : strictest(decisions);
  return { decision, states, votes, ...(text !== undefined && { text }) };
}

function strictest(decisions: readonly Decision[]): Decision {
  const combined = combine(
    decisions.flatMap((decision) => [
      ...(decision.reported ?? []).map(({ policy, effect, reason }) => ({
        policy,
        shadow: true,
        ruling: { effect, reason },
      })),
      ...(decision.effect === "allow" ? [] : [{ policy: "", shadow: false, ruling: decision }]),
    ]),
  );
  if (combined.effect === "allow") return combined;
  const policies = decisions.flatMap((one) => (one.effect === combined.effect ? one.policies : []));
  return { ...combined, policies };
}
