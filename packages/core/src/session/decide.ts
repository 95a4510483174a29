/**
 * The law: a command on a state gives events, or a refusal that changes nothing. Pure and total: it never throws.
 *
 * What the product promises is enforced here, where no prompt and no crash can reach it: one open turn, the reviewer's vendor,
 * a verdict bound to its tree, consent bound to tree and head.
 */

import type { PolicyUse } from "../agent.ts";
import type { ApprovalSubject } from "../approval.ts";
import type { Command, CommandOf, CommandType, Refusal } from "../commands.ts";
import type { Event } from "../events.ts";
import type { Action, Decision } from "../policy.ts";
import { approves, reviewSchema, submitReviewTool } from "../review.ts";
import { vendorsDiffer } from "../vendor.ts";
import type { WorkRequest } from "../work.ts";
import { pendingApprovals } from "./fold.ts";
import { activeTasks, isPending, type SessionState, type TaskState } from "./state.ts";

export interface DecideContext {
  /** Evaluates policies on an action. Pure. */
  evaluate(uses: readonly PolicyUse[], action: Action): Decision;
}

export type Decided =
  | { ok: true; events: Event[]; decision?: Decision; answer?: string }
  | { ok: false; refusal: Refusal };

type Decider<T extends CommandType> = (
  state: SessionState,
  command: CommandOf<T>,
  context: DecideContext,
) => Decided;

export function decide(state: SessionState | undefined, command: Command, context: DecideContext): Decided {
  if (command.type === "session.create") {
    if (state) return refuse("exists", `session ${state.id} exists already`);
    const { spec } = command;
    if ((spec.orchestration === undefined) === (spec.harness === undefined))
      return refuse(
        "invalid",
        "a session is led by an orchestration or played by a harness: name one of them",
        "spec",
      );
    return accept({ type: "session.created", spec });
  }
  if (!state) return refuse("unknown-session", "there is no such session");
  const decider = deciders[command.type] as Decider<CommandType>;
  return decider(state, command, context);
}

const deciders: { [T in Exclude<CommandType, "session.create">]: Decider<T> } = {
  "session.close": (state, { reason }) => {
    if (state.closed !== null) return accept();
    const closed: Event = { type: "session.closed", reason };
    return state.turn ? accept({ type: "interrupt.requested", turn: state.turn.id }, closed) : accept(closed);
  },

  "turn.start": (state, { turn, text }) => {
    if (state.closed !== null) return refuse("conflict", `session ${state.id} is closed: ${state.closed}`);
    if (!state.spec.harness) return refuse("conflict", "this session is led by a program; it takes no turns");
    if (state.turn) return refuse("conflict", "a turn is open: steer it, interrupt it, or wait for its end");
    return accept({ type: "turn.started", turn, origin: "prompt", text });
  },
  "turn.adopt": (state, { turn }) =>
    state.turn
      ? refuse("conflict", `turn ${state.turn.id} is open`)
      : accept({ type: "turn.started", turn, origin: "background", text: "" }),
  "turn.steer": (state, { steer, text }) =>
    state.turn && state.closed === null
      ? accept({ type: "turn.steered", turn: state.turn.id, steer, text })
      : refuse("conflict", "no turn is open: start one"),
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
  "harness.open": (_state, { type: _, ...opened }) => accept({ type: "harness.opened", ...opened }),
  "item.add": (state, { turn, item }) =>
    inTurn(state, turn, () => accept({ type: "item.added", turn, item })),
  "usage.record": (state, { turn, usage }) =>
    inTurn(state, turn, () => accept({ type: "usage.recorded", turn, usage })),

  "tool.request": (state, { turn, approval, call }, { evaluate }) =>
    inTurn(state, turn, (open) => {
      const gate = (decision: Decision, ...more: Event[]): Decided => ({
        ok: true,
        events: [{ type: "tool.requested", turn, call, decision }, ...more],
        decision,
      });
      if (open.interruptRequested || state.closed !== null)
        return gate({ effect: "deny", reason: "The turn is being interrupted.", policies: [] });
      const answered = Object.values(state.approvals).find(
        ({ subject, answered, used }) =>
          subject.kind === "tool" && answered && !used && subject.call.fingerprint === call.fingerprint,
      )?.answered;
      if (answered)
        return gate(
          answered.answer === "allow"
            ? { effect: "allow" }
            : { effect: "deny", reason: answered.reason ?? "A person said no.", policies: [] },
        );
      const decision = evaluate(state.spec.policies, { call, workspace: state.spec.workspace ?? null });
      if (decision.effect !== "ask") return gate(decision);
      if (state.approvals[approval])
        return refuse("conflict", `approval ${approval} exists already`, "approval");
      const { reason, policies } = decision;
      return gate(decision, {
        type: "approval.requested",
        approval,
        subject: { kind: "tool", turn, call, reason, policies },
      });
    }),
  "tool.finish": (state, { turn, call, ok, output }) =>
    inTurn(state, turn, () => accept({ type: "tool.finished", turn, call, ok, output })),
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
  "turn.end": (state, { turn, status, failure }) =>
    inTurn(state, turn, () => {
      const waiting = pendingApprovals(state).filter(
        ({ subject }) => subject.kind === "tool" && subject.turn === turn,
      );
      if (status === "parked" && waiting.length === 0 && !hasLateAnswer(state, turn))
        return refuse("law", "a turn is parked only while a person is asked", "status");
      const ended: Event = { type: "turn.ended", turn, status, ...(failure && { failure }) };
      if (status === "parked") {
        const late = lateAnswers(state, turn)[0];
        return late ? accept(ended, resumption(turn, late.id, late.subject, late.answered)) : accept(ended);
      }
      return accept(
        ...waiting.map(
          ({ id }): Event => ({ type: "approval.withdrawn", approval: id, reason: "its turn ended" }),
        ),
        ended,
      );
    }),

  "approval.request": (state, { approval, subject }) => {
    if (state.approvals[approval])
      return refuse("conflict", `approval ${approval} exists already`, "approval");
    const requested: Event = { type: "approval.requested", approval, subject };
    if (subject.kind !== "merge") return accept(requested);
    const task = state.tasks[subject.task];
    if (!task || task.outcome !== null)
      return refuse("conflict", `task ${subject.task} is not open`, "subject.task");
    if (task.candidate?.commit !== subject.commit || task.candidate.tree !== subject.tree)
      return refuse("law", "consent is asked for the latest candidate only", "subject.tree");
    const preapproved =
      state.spec.preapproved.includes("merge") && subject.verdict.approved && subject.warnings.length === 0;
    return preapproved
      ? accept(requested, { type: "approval.resolved", approval, answer: "allow", via: "preapproved" })
      : accept(requested);
  },
  "approval.resolve": (state, { approval: id, answer, reason }) => {
    const approval = state.approvals[id];
    if (!approval) return refuse("invalid", `no approval ${id} in this session`, "approval");
    if (approval.withdrawn !== undefined)
      return refuse("conflict", `the question ended: ${approval.withdrawn}`);
    if (approval.answered) {
      const { by, answer: first } = approval.answered;
      return refuse("conflict", `${by.name} answered first: ${first}`);
    }
    const answered = { answer, ...(reason && { reason }) };
    const resolved: Event = { type: "approval.resolved", approval: id, ...answered, via: "person" };
    const { subject } = approval;
    const parked = subject.kind === "tool" && state.turn === null && state.lastTurn?.status === "parked";
    return parked && state.closed === null
      ? accept(resolved, resumption(subject.turn, id, subject, answered))
      : accept(resolved);
  },
  "approval.withdraw": (state, { approval: id, reason }) => {
    const approval = state.approvals[id];
    if (!approval) return refuse("invalid", `no approval ${id} in this session`, "approval");
    return isPending(approval) ? accept({ type: "approval.withdrawn", approval: id, reason }) : accept();
  },

  "work.request": (state, { work, request }) => {
    if (state.work[work]) return refuse("conflict", `work ${work} exists already`, "work");
    const broken = request.type === "candidate.merge" ? mergeLaw(state, request) : undefined;
    return broken ? refuse("law", broken, "request") : accept({ type: "work.requested", work, request });
  },
  "work.finish": (state, { work, result }) => {
    const known = state.work[work];
    if (!known) return refuse("invalid", `no work ${work} in this session`, "work");
    return known.result ? accept() : accept({ type: "work.finished", work, result });
  },

  "task.create": (state, { task, parallel }) =>
    state.tasks[task.id]
      ? refuse("conflict", `task ${task.id} exists already`, "task.id")
      : accept({ type: "task.created", task, parallel }),
  "task.move": (state, { type: _, ...move }) =>
    inTask(state, move.task, (task) => {
      const others = activeTasks(state).filter(({ spec }) => spec.id !== task.spec.id).length;
      return move.phase !== "waiting" && others >= task.parallel
        ? refuse("law", `${others} tasks are worked on already`, "phase")
        : accept({ type: "task.moved", ...move });
    }),
  "task.assign": (state, { task: id, assignment }) =>
    inTask(state, id, () => accept({ type: "task.assigned", task: id, assignment })),
  "task.note": (state, { type: _, ...note }) =>
    inTask(state, note.task, () => accept({ type: "task.noted", ...note })),
  "verdict.record": (state, { task: id, round, verdict }) =>
    inTask(state, id, (task) => {
      if (!vendorsDiffer(verdict.implementerVendors, verdict.reviewerVendors))
        return refuse(
          "law",
          "the reviewer's vendor must be known and differ from the implementer's",
          "verdict",
        );
      if (task.candidate?.tree !== verdict.tree)
        return refuse("law", "a verdict is about the latest candidate's tree", "verdict.tree");
      if (verdict.approved !== approves(verdict.findings))
        return refuse("law", "a review approves exactly when no finding blocks", "verdict.approved");
      return accept({ type: "verdict.recorded", task: id, round, verdict });
    }),
  "verdict.carry": (state, { task: id, to, patchId }) =>
    inTask(state, id, ({ verdict, candidate }) => {
      if (!verdict) return refuse("law", "there is no verdict to carry over");
      if (candidate?.tree !== to || candidate.patchId !== patchId)
        return refuse("law", "a verdict is carried to the latest candidate only", "to");
      if (verdict.patchId !== patchId)
        return refuse("law", "the patch changed: the verdict does not hold for it; review again", "patchId");
      return accept({ type: "verdict.carried", task: id, from: verdict.tree, to, patchId });
    }),
  "task.end": (state, { type: _, ...end }) =>
    inTask(state, end.task, () =>
      end.outcome === "merged" && !wasMerged(state, end.task, end.mergedCommit)
        ? refuse("law", "a task is merged when the machine merged its candidate", "outcome")
        : accept({ type: "task.ended", ...end }),
    ),
};

/** Why a merge may not happen; undefined when everything it needs is in the log. */
function mergeLaw(
  state: SessionState,
  request: Extract<WorkRequest, { type: "candidate.merge" }>,
): string | undefined {
  const task = state.tasks[request.task];
  if (!task || task.outcome !== null) return `task ${request.task} is not open`;
  const { candidate, consent, verdict, evidence } = task;
  if (candidate?.commit !== request.commit || candidate.tree !== request.tree)
    return "only the latest candidate is merged";
  if (
    !consent ||
    consent.tree !== request.tree ||
    consent.commit !== request.commit ||
    consent.head !== request.head ||
    consent.target !== request.target
  )
    return "no person consented to this tree on this head";
  if (evidence.some(({ treeHash }) => treeHash !== request.tree)) return "the checks ran on another tree";
  if (!consent.unapproved && !(verdict?.approved && verdict.tree === request.tree))
    return "no verdict approves this tree";
  return undefined;
}

function wasMerged(state: SessionState, task: string, commit: string | null): boolean {
  return Object.values(state.work).some(
    ({ request, result }) =>
      request.type === "candidate.merge" &&
      request.task === task &&
      result?.type === "candidate.merged" &&
      result.commit === commit,
  );
}

/** Answers that came while the turn was on its way to be parked. */
function lateAnswers(state: SessionState, turn: string) {
  return Object.values(state.approvals).flatMap(({ id, subject, answered, used }) =>
    subject.kind === "tool" && subject.turn === turn && answered && !used ? [{ id, subject, answered }] : [],
  );
}
const hasLateAnswer = (state: SessionState, turn: string): boolean => lateAnswers(state, turn).length > 0;

/** The turn that starts when a person answers after the asking turn was parked. */
function resumption(
  turn: string,
  approval: string,
  subject: Extract<ApprovalSubject, { kind: "tool" }>,
  { answer, reason }: { answer: "allow" | "deny"; reason?: string | undefined },
): Event {
  const what = subject.call.command ?? subject.call.name;
  const text =
    answer === "allow"
      ? `A person allowed the call that you were waiting for: ${what}\nIssue the very same call again and go on from where you stopped.`
      : `A person refused the call that you were waiting for: ${what}\nReason: ${reason ?? "none given"}\nGo on without it.`;
  return { type: "turn.started", turn: `${turn}.${approval}`, origin: "resumption", text };
}

function inTurn(
  state: SessionState,
  turn: string,
  then: (open: NonNullable<SessionState["turn"]>) => Decided,
): Decided {
  if (!state.turn) return refuse("conflict", "no turn is open", "turn");
  if (state.turn.id !== turn) return refuse("conflict", `turn ${state.turn.id} is open, not ${turn}`, "turn");
  return then(state.turn);
}

function inTask(state: SessionState, id: string, then: (task: TaskState) => Decided): Decided {
  const task = state.tasks[id];
  if (!task) return refuse("invalid", `no task ${id} in this session`, "task");
  if (task.outcome !== null) return refuse("conflict", `task ${id} has ended: ${task.outcome}`, "task");
  return then(task);
}

const accept = (...events: Event[]): Decided => ({ ok: true, events });
const refuse = (kind: Refusal["kind"], message: string, field?: string): Decided => ({
  ok: false,
  refusal: { kind, message, ...(field && { field }) },
});
