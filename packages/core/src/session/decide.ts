/**
 * The law: a command on a state gives events, or a refusal that changes nothing. Pure and total: it never throws.
 *
 * What the product promises is enforced here, where no prompt and no crash can reach it: one open turn, the reviewer's vendor,
 * a verdict bound to its tree, consent bound to tree and head.
 */

import type { Command, CommandType } from "../commands.ts";
import type { Event, SessionSpec } from "../events.ts";
import { approves } from "../review.ts";
import { vendorsDiffer } from "../vendor.ts";
import type { WorkRequest } from "../work.ts";
import { answerDeciders } from "./answers.ts";
import { accept, type DecideContext, type Decided, type Decider, inTask, refuse } from "./deciding.ts";
import { pendingApprovals } from "./fold.ts";
import { gateDeciders } from "./gate.ts";
import { judge, sessionStart, situationOf } from "./judging.ts";
import { activeTasks, openPushes, type SessionState } from "./state.ts";
import { turnDeciders } from "./turns.ts";

export function decide(state: SessionState | undefined, command: Command, context: DecideContext): Decided {
  if (command.type === "session.create") {
    if (state) return refuse("exists", `session ${state.id} exists already`);
    return create(command.spec, context);
  }
  if (!state) return refuse("unknown-session", "there is no such session");
  const decider = deciders[command.type] as Decider<CommandType>;
  return decider(state, command, context);
}

function create(wanted: SessionSpec, { standing, evaluate, spending }: DecideContext): Decided {
  if ((wanted.orchestration === undefined) === (wanted.harness === undefined))
    return refuse(
      "invalid",
      "a session is led by an orchestration or played by a harness: name one of them",
      "spec",
    );
  const own = wanted.policies.filter(({ level }) => level !== "server");
  const spec = { ...wanted, policies: [...standing, ...own] };
  const situation = situationOf({ id: "new", spec, machine: null }, spending);
  for (const action of sessionStart({ spec })) {
    const { decision } = evaluate(spec.policies, action, {}, situation);
    if (decision.effect === "deny")
      return refuse("forbidden", `${decision.reason} (${decision.policies.join(", ")})`, "spec.harness");
  }
  return accept({ type: "session.created", spec });
}

const deciders: { [T in Exclude<CommandType, "session.create">]: Decider<T> } = {
  ...turnDeciders,
  ...gateDeciders,
  ...answerDeciders,

  "session.close": (state, { reason }) => {
    if (state.closed !== null) {
      // What a program closed by itself, a person may close once more, with words of their own: they have seen how it ended.
      const isSeen = state.closedBy === "person" || state.closed === reason || !state.spec.orchestration;
      return isSeen ? accept() : accept({ type: "session.closed", reason });
    }
    const asked = pendingApprovals(state).map(
      ({ id }): Event => ({ type: "approval.withdrawn", approval: id, reason: "the session was closed" }),
    );
    const waiting = openPushes(state)
      .filter(
        ({ approval }) =>
          approval !== null && asked.some((event) => "approval" in event && event.approval === approval),
      )
      .map(
        ({ id: push }): Event => ({
          type: "push.finished",
          push,
          outcome: { result: "withdrawn", refs: [], message: "the session was closed", rescued: [] },
        }),
      );
    return accept(
      ...(state.turn && !state.turn.interruptRequested
        ? [{ type: "interrupt.requested" as const, turn: state.turn.id }]
        : []),
      ...asked,
      ...waiting,
      { type: "session.closed", reason },
    );
  },
  "harness.open": (_state, { type: _, ...opened }) => accept({ type: "harness.opened", ...opened }),

  "harness.choose": (state, { model }, context) => {
    const { harness } = state.spec;
    if (state.closed !== null) return refuse("conflict", `session ${state.id} is closed: ${state.closed}`);
    if (!harness)
      return refuse("conflict", "this session is led by a program: choose a model for its agents' sessions");
    if (harness.model === model) return accept();
    const spec = { ...state.spec, harness: { ...harness, model } };
    const { decision } = judge(state, sessionStart({ spec }), context);
    if (decision.effect === "deny")
      return refuse("forbidden", `${decision.reason} (${decision.policies.join(", ")})`, "model");
    return accept({ type: "harness.chosen", model });
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
