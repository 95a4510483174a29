/** The one fold: a logged event on a state gives the next state. Pure; the input is never changed. Never throws. */
import type { EventOf, EventType, LoggedEvent } from "../events.ts";
import { addUsage } from "../usage.ts";
import type { WorkRequest, WorkResult } from "../work.ts";
import { isPending, type SessionState, type TaskState } from "./state.ts";

/** How much of a turn's last message a state keeps, in characters. */
const lastMessageLimit = 4_000;

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
    harness: null,
    turn: null,
    turns: 0,
    lastTurn: null,
    lastMessage: "",
    approvals: {},
    work: {},
    tasks: {},
    usage: [],
    review: null,
  };
}

const steps: { [T in EventType]: Step<T> } = {
  "session.created": (state) => state,
  "session.closed": (state, event) => ({ ...state, closed: event.reason }),
  "harness.opened": (state, { nativeId, version, model, vendor }) => ({
    ...inTurn(state, (turn) => ({ ...turn, begun: true })),
    harness: { nativeId, version, model, vendor },
  }),

  "turn.started": (state, event, { at }) => ({
    ...state,
    turns: state.turns + 1,
    lastMessage: "",
    turn: {
      id: event.turn,
      origin: event.origin,
      text: event.text,
      startedAt: at,
      begun: false,
      interruptRequested: false,
      steers: [],
      calls: [],
    },
  }),
  "turn.steered": (state, { steer, text }) =>
    inTurn(state, (turn) => ({ ...turn, steers: [...turn.steers, { id: steer, text }] })),
  "steer.settled": (state, { steer }) =>
    inTurn(state, (turn) => ({ ...turn, steers: turn.steers.filter(({ id }) => id !== steer) })),
  "interrupt.requested": (state) => inTurn(state, (turn) => ({ ...turn, interruptRequested: true })),
  "item.added": (state, { item }) =>
    item.kind === "message" && item.agent === undefined
      ? { ...state, lastMessage: item.text.slice(-lastMessageLimit) }
      : state,
  "tool.requested": (state, { call, decision }) => {
    const title = call.command ?? call.paths?.[0] ?? call.name;
    const approvals =
      decision.effect === "ask"
        ? state.approvals
        : mapValues(state.approvals, (approval) =>
            approval.subject.kind === "tool" &&
            approval.answered &&
            approval.subject.call.fingerprint === call.fingerprint
              ? { ...approval, used: true }
              : approval,
          );
    const opened = { id: call.id, kind: call.kind, name: call.name, title: title.slice(0, 200) };
    return inTurn({ ...state, approvals }, (turn) =>
      decision.effect === "deny" ? turn : { ...turn, calls: [...turn.calls, opened] },
    );
  },
  "tool.finished": (state, { call }) =>
    inTurn(state, (turn) => ({ ...turn, calls: turn.calls.filter(({ id }) => id !== call) })),
  "usage.recorded": (state, { usage }) => ({ ...state, usage: addUsage(state.usage, usage) }),
  "turn.ended": (state, { turn, status, failure }) => ({
    ...state,
    turn: null,
    lastTurn: { id: turn, status, ...(failure && { failure }), lastMessage: state.lastMessage },
  }),

  "approval.requested": (state, { approval, subject }, { at }) => ({
    ...state,
    approvals: { ...state.approvals, [approval]: { id: approval, subject, requestedAt: at, used: false } },
  }),
  "approval.resolved": (state, { approval: id, answer, reason, via }, { by, at }) => {
    const approval = state.approvals[id];
    if (!approval) return state;
    const answered = { ...approval, answered: { answer, ...(reason && { reason }), by, at, via } };
    const next = { ...state, approvals: { ...state.approvals, [id]: answered } };
    const { subject } = approval;
    if (subject.kind !== "merge" || answer !== "allow") return next;
    const { commit, tree, target, head } = subject;
    const consent = { commit, tree, target, head, unapproved: !subject.verdict.approved };
    return inTask(next, subject.task, (task) => ({ ...task, consent }));
  },
  "approval.withdrawn": (state, { approval: id, reason }) => {
    const approval = state.approvals[id];
    if (!approval) return state;
    return { ...state, approvals: { ...state.approvals, [id]: { ...approval, withdrawn: reason } } };
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

function mapValues<V>(record: Record<string, V>, change: (value: V) => V): Record<string, V> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

/** Approvals that still wait for a person. */
export const pendingApprovals = (state: SessionState) => Object.values(state.approvals).filter(isPending);
