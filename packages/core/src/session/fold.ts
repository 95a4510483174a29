/** The one fold: a logged event on a state gives the next state. Pure; the input is never changed. Never throws. */
import type { EventOf, EventType, LoggedEvent } from "../events.ts";
import type { TurnFailure } from "../failure.ts";
import { type PolicyStates, type PolicyUse, policyLevelSchema } from "../policy.ts";
import type { Finding } from "../review.ts";
import type { ToolCall } from "../tool.ts";
import { addUsage } from "../usage.ts";
import type { WorkRequest, WorkResult } from "../work.ts";
import {
  type ApprovalState,
  isPending,
  type SessionState,
  type TaskState,
  type UnsettledCall,
} from "./state.ts";

/** How much of a turn's last message a state keeps, in characters. */
const lastMessageLimit = 4_000;
/** How many calls of unknown effect a state keeps, the latest. */
const unsettledLimit = 50;

type Step<T extends EventType> = (
  state: SessionState,
  event: EventOf<T>,
  logged: LoggedEvent,
) => SessionState;

/** The state after the event. `undefined` before the first; a log that does not start with its creation has no state. */
export function fold(state: SessionState | undefined, logged: LoggedEvent): SessionState | undefined {
  const { event } = logged;
  if (state === undefined) return event.type === "session.created" ? created(event, logged) : undefined;
  const step = steps[event.type] as Step<EventType>;
  return { ...step(state, event, logged), seq: logged.seq, updatedAt: logged.at };
}

/** Folds a whole log. */
export function foldAll(log: Iterable<LoggedEvent>, from?: SessionState): SessionState | undefined {
  let state = from;
  for (const logged of log) state = fold(state, logged);
  return state;
}

function created(event: EventOf<"session.created">, logged: LoggedEvent): SessionState {
  return {
    id: logged.session,
    seq: logged.seq,
    createdAt: logged.at,
    updatedAt: logged.at,
    spec: event.spec,
    closed: null,
    closedBy: null,
    harness: null,
    machine: null,
    policies: event.spec.policies,
    policyStates: {},
    rules: [],
    turn: null,
    held: null,
    unsettled: [],
    turns: 0,
    lastTurn: null,
    lastMessage: "",
    approvals: {},
    work: {},
    tasks: {},
    pushes: {},
    usage: [],
    review: null,
  };
}

const steps: { [T in EventType]: Step<T> } = {
  "session.created": (state) => state,
  "session.closed": (state, event, { by }) => ({ ...state, closed: event.reason, closedBy: by.kind }),
  "harness.opened": (state, { nativeId, version, model, vendor, machine }) => ({
    ...inTurn(state, (turn) => ({ ...turn, begun: true })),
    harness: { nativeId, version, model, vendor },
    machine: machine ?? state.machine,
  }),
  "harness.chosen": (state, { model }) =>
    state.spec.harness
      ? { ...state, spec: { ...state.spec, harness: { ...state.spec.harness, model } } }
      : state,
  "policies.set": (state, { level, uses }) => ({
    ...state,
    policies: byLevel([...state.policies.filter((use) => use.level !== level), ...uses]),
  }),

  "turn.held": (state, { turn, text, images = [], approval }) => ({
    ...state,
    held: { turn, text, images, approval },
  }),
  "turn.started": (state, event, { at }) => ({
    ...remember(state, event.states),
    held: null,
    turns: state.turns + 1,
    lastMessage: "",
    turn: {
      id: event.turn,
      origin: event.origin,
      text: event.text,
      images: event.images ?? [],
      startedAt: at,
      begun: false,
      interruptRequested: false,
      steers: [],
      calls: [],
    },
  }),
  "turn.steered": (state, { steer, text, images = [] }) =>
    inTurn(state, (turn) => ({ ...turn, steers: [...turn.steers, { id: steer, text, images }] })),
  "steer.settled": (state, { steer }) =>
    inTurn(state, (turn) => ({ ...turn, steers: turn.steers.filter(({ id }) => id !== steer) })),
  "interrupt.requested": (state) => inTurn(state, (turn) => ({ ...turn, interruptRequested: true })),
  "item.added": (state, { item }) =>
    item.kind === "message" && item.agent === undefined
      ? { ...state, lastMessage: item.text.slice(-lastMessageLimit) }
      : state,
  "tool.requested": (state, { turn: id, call, decision, identity, approval, states }) => {
    const known = approval === undefined ? undefined : state.approvals[approval];
    const next = remember(
      known ? { ...state, approvals: { ...state.approvals, [known.id]: met(known, id, call) } } : state,
      states,
    );
    if (decision.effect === "deny") return next;
    const { kind, name } = call;
    const title = titleOf(call);
    const standing =
      decision.effect === "ask" ? "asked" : approval === undefined ? ("allowed" as const) : "consented";
    const unsettled =
      decision.effect === "allow"
        ? next.unsettled.filter((one) => one.identity !== identity)
        : next.unsettled;
    return inTurn({ ...next, unsettled }, (turn) => ({
      ...turn,
      calls: [...turn.calls, { id: call.id, kind, name, title, identity, standing }],
    }));
  },
  "tool.begun": (state, { call, approval }) =>
    inTurn(
      usedUp(state, (one) => one.id === approval),
      (turn) => ({
        ...turn,
        calls: turn.calls.map((open) => (open.id === call ? { ...open, standing: "consented" } : open)),
      }),
    ),
  "tool.finished": (state, { turn: id, call }) =>
    inTurn(
      usedUp(
        state,
        ({ subject, answered }) =>
          subject.kind === "tool" &&
          subject.turn === id &&
          subject.call.id === call &&
          answered !== undefined,
      ),
      (turn) => ({ ...turn, calls: turn.calls.filter((open) => open.id !== call) }),
    ),
  "usage.recorded": (state, { usage, states }) => ({
    ...remember(state, states),
    usage: addUsage(state.usage, usage),
  }),
  "turn.ended": (state, { turn, status, failure }, { at }) => ({
    ...state,
    unsettled: [...state.unsettled, ...leftOpen(state, failure, at)].slice(-unsettledLimit),
    turn: null,
    lastTurn: { id: turn, status, ...(failure && { failure }), lastMessage: state.lastMessage },
  }),

  "approval.requested": (state, { approval, subject }, { at }) => ({
    ...state,
    approvals: { ...state.approvals, [approval]: { id: approval, subject, requestedAt: at, used: false } },
  }),
  "approval.resolved": (state, { approval: id, answer, reason, via, rule, notes, states }, { by, at }) => {
    const approval = state.approvals[id];
    if (!approval) return state;
    const said = { answer, ...(reason && { reason }), ...(notes && { notes }), by, at, via };
    const rules = rule ? [...state.rules.filter(({ key }) => key !== rule.key), rule] : state.rules;
    const next = {
      ...remember(state, states),
      rules,
      held: state.held?.approval === id ? null : state.held,
      approvals: { ...state.approvals, [id]: { ...approval, answered: said } },
    };
    const { subject } = approval;
    if (subject.kind !== "merge") return next;
    if (notes) return inTask(next, subject.task, (task) => sentBack(task, notes));
    if (answer !== "allow") return next;
    const { commit, tree, target, head } = subject;
    const consent = { commit, tree, target, head, unapproved: !subject.verdict.approved };
    return inTask(next, subject.task, (task) => ({ ...task, consent }));
  },
  "approval.withdrawn": (state, { approval: id, reason }) => {
    const approval = state.approvals[id];
    if (!approval) return state;
    return {
      ...state,
      held: state.held?.approval === id ? null : state.held,
      approvals: { ...state.approvals, [id]: { ...approval, withdrawn: reason } },
    };
  },

  "push.requested": (state, { push, turn, facts, decision, approval, states }) => ({
    ...remember(state, states),
    pushes: {
      ...state.pushes,
      [push]: { id: push, turn, facts, decision, approval: approval ?? null, outcome: null },
    },
  }),
  "push.finished": (state, { push: id, outcome }) => {
    const push = state.pushes[id];
    if (!push) return state;
    return { ...state, pushes: { ...state.pushes, [id]: { ...push, outcome } } };
  },

  "review.submitted": (state, { turn, review }) => ({ ...state, review: { turn, review } }),

  "work.requested": (state, { work, request }) => ({
    ...state,
    work: { ...state.work, [work]: { id: work, request, result: null } },
  }),
  "work.finished": (state, { work: id, result }) => {
    const work = state.work[id];
    if (!work) return state;
    const next = { ...state, work: { ...state.work, [id]: { ...work, result } } };
    return "task" in work.request
      ? inTask(next, work.request.task, (task) => learn(task, work.request, result))
      : next;
  },

  "task.created": (state, { task: spec, parallel }, { at }) => ({
    ...state,
    tasks: {
      ...state.tasks,
      [spec.id]: {
        spec,
        parallel,
        phase: "waiting",
        round: 0,
        detail: "",
        assignments: [],
        notes: [],
        candidate: null,
        evidence: [],
        verdict: null,
        findings: [],
        consent: null,
        outcome: null,
        outcomeDetail: "",
        mergedCommit: null,
        startedAt: at,
        endedAt: null,
      },
    },
  }),
  "task.moved": (state, { task: id, phase, round, detail }) =>
    inTask(state, id, (task) => ({ ...task, phase, round, detail })),
  "task.assigned": (state, { task: id, assignment }) =>
    inTask(state, id, (task) => ({
      ...task,
      assignments: [...task.assignments.filter(({ session }) => session !== assignment.session), assignment],
    })),
  "task.noted": (state, { task: id, level, text }) =>
    inTask(state, id, (task) => ({ ...task, notes: [...task.notes, { level, text }] })),
  "verdict.recorded": (state, { task: id, round, verdict }) =>
    inTask(state, id, (task) => ({
      ...task,
      verdict: { ...verdict, round, patchId: task.candidate?.patchId ?? "" },
      findings: [...task.findings, ...verdict.findings.map((finding) => ({ ...finding, round }))],
    })),
  "verdict.carried": (state, { task: id, from, to, patchId }) =>
    inTask(state, id, (task) =>
      task.verdict ? { ...task, verdict: { ...task.verdict, tree: to, patchId, carriedFrom: from } } : task,
    ),
  "task.ended": (state, { task: id, outcome, detail, mergedCommit }, { at }) =>
    inTask(state, id, (task) => ({ ...task, outcome, outcomeDetail: detail, mergedCommit, endedAt: at })),
};

function sentBack(task: TaskState, notes: readonly Finding[]): TaskState {
  const round = task.verdict?.round ?? 0;
  const found = notes.map((note) => ({ ...note, round, by: "person" as const }));
  return { ...task, findings: [...task.findings, ...found] };
}

/** What a task learns from work done for it. */
function learn(task: TaskState, request: WorkRequest, result: WorkResult): TaskState {
  switch (result.type) {
    case "candidate.taken":
      return { ...task, candidate: result.candidate };
    case "candidate.rebased":
      return { ...task, candidate: result.candidate };
    case "check.finished":
      return request.type === "check.run" ? { ...task, evidence: result.evidence } : task;
    default:
      return task;
  }
}

function inTurn(
  state: SessionState,
  change: (turn: NonNullable<SessionState["turn"]>) => NonNullable<SessionState["turn"]>,
): SessionState {
  return state.turn ? { ...state, turn: change(state.turn) } : state;
}

function inTask(state: SessionState, id: string, change: (task: TaskState) => TaskState): SessionState {
  const task = state.tasks[id];
  return task ? { ...state, tasks: { ...state.tasks, [id]: change(task) } } : state;
}

function remember(state: SessionState, states: PolicyStates | undefined): SessionState {
  return states ? { ...state, policyStates: { ...state.policyStates, ...states } } : state;
}

/** Rules of higher levels stand before those of lower ones. */
function byLevel(uses: PolicyUse[]): PolicyUse[] {
  return policyLevelSchema.options.flatMap((level) => uses.filter((use) => use.level === level));
}

/** The question when its call comes to the gate: a given answer is used up, an open question is about this call now. */
function met(approval: ApprovalState, turn: string, call: ToolCall): ApprovalState {
  if (approval.answered) return { ...approval, used: true };
  const { subject } = approval;
  return subject.kind === "tool" ? { ...approval, subject: { ...subject, turn, call } } : approval;
}

/** Answers that hold for nothing more. */
function usedUp(state: SessionState, which: (approval: ApprovalState) => boolean): SessionState {
  const used = Object.values(state.approvals).filter((approval) => !approval.used && which(approval));
  if (used.length === 0) return state;
  const approvals = { ...state.approvals };
  for (const approval of used) approvals[approval.id] = { ...approval, used: true };
  return { ...state, approvals };
}

/** Calls that ran when their machine or their program went away. */
function leftOpen(state: SessionState, failure: TurnFailure | undefined, at: string): UnsettledCall[] {
  if (!state.turn || !failure || !["lost", "crashed"].includes(failure.kind)) return [];
  const { id: turn, calls } = state.turn;
  return calls.flatMap(({ title, identity, standing }) =>
    standing === "asked" ? [] : [{ turn, title, identity, consented: standing === "consented", at }],
  );
}

const titleOf = ({ command, paths, name }: ToolCall): string => (command ?? paths?.[0] ?? name).slice(0, 200);

/** Approvals that still wait for a person. */
export const pendingApprovals = (state: SessionState) => Object.values(state.approvals).filter(isPending);
