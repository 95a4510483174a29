/** The law of the gate: what a tool call and a push are answered, and what is asked of a person. */
import { agreementInWords } from "../budget.ts";
import type { CommandType } from "../commands.ts";
import type { Event } from "../events.ts";
import type { Decision, Description, PolicyStates } from "../policy.ts";
import { pushIdentity } from "../push.ts";
import { reviewSchema, submitReviewTool } from "../review.ts";
import { accept, type DecideContext, type Decided, type Decider, inTurn, refuse } from "./deciding.ts";
import { actionsOf, judge, situationOf } from "./judging.ts";
import { type ApprovalState, isPending, openPushes, type SessionState, standingOfPush } from "./state.ts";
import { withheld } from "./turns.ts";

type GateCommand = Extract<CommandType, `tool.${string}` | `push.${string}`>;

export const gateDeciders: { [T in GateCommand]: Decider<T> } = {
  "tool.request": (state, command, context) =>
    inTurn(state, command.turn, (open) => {
      const { turn, call } = command;
      const about = describe(state, command, context);
      const { identity } = about;
      const gate = (
        decision: Decision,
        more: { approval?: string; states?: PolicyStates; events?: Event[] } = {},
      ): Decided => {
        const { approval, states = {}, events = [] } = more;
        const requested: Event = {
          ...{ type: "tool.requested", turn, call, decision, identity },
          ...(approval !== undefined && { approval }),
          ...(Object.keys(states).length > 0 && { states }),
        };
        const about = approval === undefined ? {} : { approval };
        return { ok: true, events: [...events, requested], decision, ...about };
      };
      const deny = (reason: string) => gate({ effect: "deny", reason, policies: [] });
      if (open.interruptRequested || state.closed !== null) return deny("The turn is being interrupted.");

      const asked = questionAbout(state, identity);
      if (asked?.answered)
        return gate(
          asked.answered.answer === "allow"
            ? { effect: "allow" }
            : { effect: "deny", reason: asked.answered.reason ?? "A person said no.", policies: [] },
          { approval: asked.id },
        );
      const judged = judge(state, actionsOf(state, command), context);
      const decision = withDoubt(state, identity, judged.decision);
      if (decision.effect === "deny") return gate(decision);
      if (decision.effect === "allow") return gate(decision, { states: judged.states });
      const rule = about.rule && state.rules.find(({ key }) => key === about.rule?.key);
      // A rule is about what a call does, and no word on money.
      if (rule && decision === judged.decision && !decision.agreements)
        return gate({ effect: "allow", rule: rule.words }, { states: judged.states });
      if (asked) return gate(decision, { approval: asked.id });

      const { approval } = command;
      if (state.approvals[approval])
        return refuse("conflict", `approval ${approval} exists already`, "approval");
      const subject = { kind: "tool" as const, turn, call, ...questionOf(state, decision, about) };
      return gate(decision, {
        approval,
        events: [{ type: "approval.requested", approval, subject }],
      });
    }),
  "tool.begin": (state, { turn, call, approval: id }) =>
    inTurn(state, turn, (open) => {
      const approval = state.approvals[id];
      if (approval?.answered?.answer !== "allow" || approval.used || approval.withdrawn !== undefined)
        return refuse("law", "no answer stands that this call could go on with", "approval");
      if (open.interruptRequested || state.closed !== null)
        return refuse("conflict", "the turn is being interrupted");
      return open.calls.some(({ id: one, standing }) => one === call && standing === "asked")
        ? accept({ type: "tool.begun", turn, call, approval: id })
        : refuse("invalid", `call ${call} does not wait in this turn`, "call");
    }),
  "tool.finish": (state, command, context) =>
    inTurn(state, command.turn, () => {
      const { turn, call, ok, output } = command;
      const { decision, text = output.text } = judge(state, actionsOf(state, command), context);
      const kept = decision.effect === "allow" ? text : withheld(decision);
      return accept({ type: "tool.finished", turn, call, ok, output: { ...output, text: kept } });
    }),
  "tool.use": (state, { turn, tool, input }) =>
    inTurn(state, turn, () => {
      if (!state.spec.tools.some(({ name }) => name === tool))
        return refuse("invalid", `this session has no tool named ${tool}`, "tool");
      if (tool !== submitReviewTool.name) return refuse("invalid", `nobody carries out ${tool}`, "tool");
      const parsed = reviewSchema.safeParse(input);
      if (!parsed.success) {
        const issue = parsed.error.issues[0];
        return refuse(
          "invalid",
          `${issue?.path.join(".") || "input"}: ${issue?.message}`,
          issue?.path.join("."),
        );
      }
      const count = parsed.data.findings.length;
      return {
        ok: true,
        events: [{ type: "review.submitted", turn, review: parsed.data }],
        answer: `The review is in: ${count} finding${count === 1 ? "" : "s"}. You are done.`,
      };
    }),

  "push.request": (state, command, context) => {
    const { push, approval, facts } = command;
    const identity = pushIdentity(facts);
    const same = openPushes(state).find((open) => pushIdentity(open.facts) === identity);
    if (same) {
      const waits = standingOfPush(state, same) === "waiting" && same.approval !== null;
      return {
        ok: true,
        events: [],
        decision: decisionOn(state, same.id),
        push: same.id,
        ...(waits && same.approval !== null && { approval: same.approval }),
      };
    }
    if (state.pushes[push]) return refuse("conflict", `push ${push} exists already`, "push");
    const turn = state.turn?.id ?? null;
    const request = (
      decision: Decision,
      more: Partial<Extract<Event, { type: "push.requested" }>> = {},
    ): Event => ({
      ...{ type: "push.requested", push, turn, facts, decision },
      ...more,
    });
    if (state.closed !== null) {
      const decision: Decision = { effect: "deny", reason: "The session is closed.", policies: [] };
      return { ok: true, events: [request(decision)], decision, push };
    }
    const about = describe(state, command, context);
    const { decision, states } = judge(state, actionsOf(state, command), context);
    const states_ = Object.keys(states).length > 0 ? { states } : {};
    const rule = about.rule && state.rules.find(({ key }) => key === about.rule?.key);
    if (decision.effect === "ask" && !rule) {
      if (state.approvals[approval])
        return refuse("conflict", `approval ${approval} exists already`, "approval");
      const subject = {
        kind: "push" as const,
        push,
        turn,
        facts,
        ...questionOf(state, decision, { ...about, identity }),
      };
      const asked: Event = { type: "approval.requested", approval, subject };
      return { ok: true, events: [asked, request(decision, { approval })], decision, approval, push };
    }
    const final: Decision =
      decision.effect === "ask" && rule ? { effect: "allow", rule: rule.words } : decision;
    return {
      ok: true,
      events: [request(final, final.effect === "allow" ? states_ : {})],
      decision: final,
      push,
    };
  },
  "push.finish": (state, { push: id, outcome }) => {
    const push = state.pushes[id];
    if (!push) return refuse("invalid", `no push ${id} in this session`, "push");
    if (push.outcome) return accept();
    const done = outcome.result === "forwarded" || outcome.result === "already-there";
    if (done && standingOfPush(state, push) !== "allowed")
      return refuse("law", "a push reaches the remote only when it was allowed", "outcome.result");
    const question = push.approval === null ? undefined : state.approvals[push.approval];
    return accept(
      ...(question && isPending(question)
        ? [{ type: "approval.withdrawn" as const, approval: question.id, reason: outcome.message }]
        : []),
      { type: "push.finished", push: id, outcome },
    );
  },
};

/** The question about this very call: an answer that was not used yet, else one that is still open. */
function questionAbout(state: SessionState, identity: string): ApprovalState | undefined {
  const about = Object.values(state.approvals).filter(
    ({ subject, used, withdrawn }) =>
      subject.kind === "tool" && subject.identity === identity && !used && withdrawn === undefined,
  );
  return about.find(({ answered }) => answered) ?? about[0];
}

/** A call that a person allowed once, and that may have taken effect already, is theirs to decide on again. */
function withDoubt(state: SessionState, identity: string, decision: Decision): Decision {
  const before = state.unsettled.find((one) => one.consented && one.identity === identity);
  if (!before || decision.effect === "deny") return decision;
  return {
    effect: "ask",
    reason: `A person allowed this call before, and it had begun when the machine stopped at ${before.at}: it may have taken effect already.`,
    policies: decision.effect === "ask" ? decision.policies : ["at-most-once"],
    ...(decision.effect === "ask" && decision.weight && { weight: decision.weight }),
    ...(decision.effect === "ask" && decision.agreements && { agreements: decision.agreements }),
    ...(decision.reported && { reported: decision.reported }),
  };
}

function describe(
  state: SessionState,
  command: Extract<Parameters<typeof actionsOf>[1], { type: "tool.request" | "push.request" }>,
  { describe, spending }: DecideContext,
): Description {
  const [action] = actionsOf(state, command);
  if (!action) throw new Error(`${command.type} is an action`);
  return describe(action, situationOf(state, spending));
}

/** What the card of a question shows. */
function questionOf(
  state: SessionState,
  decision: Exclude<Decision, { effect: "allow" }>,
  about: Description,
) {
  const { reason, policies, weight, alternative } = decision;
  const agreements = decision.effect === "ask" ? decision.agreements : undefined;
  const { identity, effect, rule } = about;
  const safer = alternative ?? about.alternative;
  return {
    reason,
    policies,
    effect: [...effect, ...(agreements ?? []).map(agreementInWords)],
    weight: weight ?? about.weight,
    quote: state.lastMessage.slice(-1_000),
    identity,
    ...(safer !== undefined && { alternative: safer }),
    ...(agreements ? { agreements } : rule && { rule }),
  };
}

/** What is decided about a push by now: the policies' word, or the person's. */
function decisionOn(state: SessionState, id: string): Decision {
  const push = state.pushes[id];
  if (!push) return { effect: "deny", reason: "There is no such push.", policies: [] };
  const answered = push.approval === null ? undefined : state.approvals[push.approval]?.answered;
  switch (standingOfPush(state, push)) {
    case "waiting":
      return push.decision;
    case "allowed":
      return { effect: "allow" };
    case "refused":
      return push.decision.effect === "deny"
        ? push.decision
        : { effect: "deny", reason: answered?.reason ?? "A person said no.", policies: [] };
  }
}
