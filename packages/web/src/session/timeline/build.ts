/**
 * Events to blocks. A segment is built from events without gaps and grows at its end; an earlier page is a segment of its own.
 * What one segment knows and another needs, of turns, calls, and questions, stands in the index that all share.
 */
import type {
  Candidate,
  EventOf,
  EventType,
  Image,
  LoggedEvent,
  SessionState,
  WorkRequest,
  WorkResult,
} from "@tutti/core";
import type {
  Block,
  CallStep,
  CandidateBlock,
  ChecksBlock,
  Doing,
  PreparedBlock,
  PushBlock,
  QuestionBlock,
  Step,
  TurnBlock,
  TurnFacts,
  WordsBlock,
} from "./block.ts";
import { count, noCalls } from "./calls.ts";

/** What all segments of a timeline share. */
export interface TimelineIndex {
  turns: Map<string, TurnFacts>;
  /** Calls by session, turn and id; what finished before its request is loaded waits in `finished`. */
  calls: Map<string, { step: CallStep; block: TurnBlock }>;
  finished: Map<string, NonNullable<CallStep["finished"]>>;
  /** Questions by id. */
  questions: Map<string, QuestionBlock>;
  pushes: Map<string, PushBlock>;
  steers: Map<string, WordsBlock>;
  /** By id of the work. */
  checks: Map<string, ChecksBlock>;
  /** What a session's state is now: the specs of sessions and requests of work that no loaded event tells. */
  session(id: string): SessionState | undefined;
}

export interface Segment {
  blocks: Block[];
  /** By session: the part of its turn that grows. */
  open: Map<string, TurnBlock>;
  /** By task: the phase that it is in. */
  phases: Map<string, { phase: string; round: number }>;
  /** By task: what was prepared for it. */
  prepared: Map<string, PreparedBlock>;
  /** By task: the turn of its implementer that ended last. */
  implemented: Map<string, TurnFacts>;
}

export const emptyIndex = (session: TimelineIndex["session"]): TimelineIndex => ({
  turns: new Map(),
  calls: new Map(),
  finished: new Map(),
  questions: new Map(),
  pushes: new Map(),
  steers: new Map(),
  checks: new Map(),
  session,
});

export const emptySegment = (): Segment => ({
  blocks: [],
  open: new Map(),
  phases: new Map(),
  prepared: new Map(),
  implemented: new Map(),
});

interface Place {
  segment: Segment;
  index: TimelineIndex;
  logged: LoggedEvent;
}

type Teller<T extends EventType> = (event: EventOf<T>, place: Place) => void;

/** Adds an event at the segment's end. */
export function append(segment: Segment, index: TimelineIndex, logged: LoggedEvent): void {
  const tell = tellers[logged.event.type] as Teller<EventType>;
  tell(logged.event, { segment, index, logged });
}

const nothing = (): void => {};

const tellers: { [T in EventType]: Teller<T> } = {
  "session.created": nothing,
  "session.closed": ({ reason }, place) => {
    const spec = place.index.session(place.logged.session)?.spec;
    // An agent whose task is over is closed by its program.
    if (spec?.parent === undefined) add(place, { kind: "note", level: "info", text: `Closed: ${reason}` });
  },
  "harness.opened": nothing,
  "harness.chosen": ({ model }, place) =>
    add(place, { kind: "note", level: "info", text: `From the next turn on it uses ${model}` }),
  "policies.set": nothing,
  "turn.held": nothing,
  "turn.started": (event, place) => {
    const { logged } = place;
    const isSaid = logged.by.kind === "person" && event.origin === "prompt";
    if (isSaid) say(place, event, undefined);
    const facts = factsOf(place, event.turn);
    facts.startedAt = logged.at;
    facts.doing = doingOf(place, event.origin);
    touchParts(facts);
    openPart(place, facts);
  },
  "turn.steered": ({ steer, text, images }, place) => {
    const block = say(place, { text, images }, null);
    place.index.steers.set(steer, block);
    divide(place);
  },
  "steer.settled": ({ steer, delivered }, { index }) => {
    const block = index.steers.get(steer);
    if (!block) return;
    block.delivered = delivered;
    block.revision += 1;
  },
  "interrupt.requested": nothing,
  "item.added": ({ turn, item }, place) => {
    const block = partOf(place, turn);
    const shared = { key: `${place.logged.position}`, at: place.logged.at };
    if (item.kind === "notice") {
      const step: Step = { kind: "notice", ...shared, level: item.level, text: item.text };
      block.steps.push(step);
      block.bodyEnd = block.steps.length;
      if (item.level === "warning") block.loud.push(step);
    } else {
      const { kind, text, agent } = item;
      block.steps.push({ kind, ...shared, text, agent });
      if (kind === "reasoning" || agent !== undefined) block.bodyEnd = block.steps.length;
    }
    block.revision += 1;
  },
  "tool.requested": ({ turn, call, decision, approval }, place) => {
    const block = partOf(place, turn);
    const { index, logged } = place;
    const id = `${logged.session} ${turn} ${call.id}`;
    const known = index.calls.get(id);
    if (known) {
      // The same call came to the gate again.
      known.step.decision = decision;
      known.step.approval = approval ?? known.step.approval;
      known.step.revision += 1;
      if (decision.effect === "allow") passed(known.step, known.block);
      known.block.revision += 1;
      return;
    }
    const step: CallStep = {
      kind: "call",
      key: `${logged.position}`,
      at: logged.at,
      call,
      decision,
      approval,
      isCounted: false,
      finished: index.finished.get(id) ?? null,
      revision: 0,
    };
    index.calls.set(id, { step, block });
    block.steps.push(step);
    block.bodyEnd = block.steps.length;
    if (decision.effect === "allow") passed(step, block);
    if (decision.effect === "deny" || step.finished?.ok === false) block.loud.push(step);
    block.revision += 1;
  },
  "tool.begun": ({ turn, call }, { index, logged }) => {
    const known = index.calls.get(`${logged.session} ${turn} ${call}`);
    if (!known) return;
    passed(known.step, known.block);
    known.block.revision += 1;
  },
  "tool.finished": ({ turn, call: callId, ok, output }, { index, logged }) => {
    const id = `${logged.session} ${turn} ${callId}`;
    const finished = { ok, output, at: logged.at };
    const known = index.calls.get(id);
    if (!known) {
      index.finished.set(id, finished);
      return;
    }
    const { step, block } = known;
    step.finished = finished;
    step.revision += 1;
    block.revision += 1;
    if (!ok && !block.loud.includes(step)) block.loud.push(step);
  },
  "usage.recorded": ({ turn, usage }, place) => {
    const facts = factsOf(place, turn);
    facts.usage.push(usage);
    touchParts(facts);
  },
  "turn.ended": ({ turn, status, failure }, place) => {
    const { segment, index, logged } = place;
    const facts = factsOf(place, turn);
    if (facts.parts.length === 0) openPart(place, facts);
    facts.endedAt = logged.at;
    facts.status = status;
    facts.failure = failure ?? null;
    segment.open.delete(logged.session);
    touchParts(facts);
    const spec = index.session(logged.session)?.spec;
    if (spec?.task !== undefined && spec.role === "implementer") segment.implemented.set(spec.task, facts);
  },

  "approval.requested": ({ approval, subject }, place) => {
    const block = add<QuestionBlock>(place, { kind: "question", approval, subject });
    place.index.questions.set(approval, block);
    divide(place);
  },
  "approval.resolved": ({ approval }, { index }) => touch(index.questions.get(approval)),
  "approval.withdrawn": ({ approval }, { index }) => touch(index.questions.get(approval)),

  "push.requested": ({ push, facts, decision }, place) => {
    // What waits is shown by its question.
    const block = add<PushBlock>(place, { kind: "push", facts, decision, outcome: null });
    place.index.pushes.set(push, block);
    divide(place);
  },
  "push.finished": ({ push, outcome }, { index }) => {
    const block = index.pushes.get(push);
    if (!block) return;
    block.outcome = outcome;
    block.revision += 1;
  },

  "review.submitted": ({ turn, review }, place) => {
    const facts = factsOf(place, turn);
    if (facts.parts.length === 0) openPart(place, facts);
    facts.review = review;
    touchParts(facts);
  },

  "work.requested": ({ work, request }, place) => {
    if (request.type !== "check.run" || request.keep) return;
    const { checks } = place.index;
    const known = checks.get(work);
    if (known) {
      // How they went is on a later page, which was read before.
      known.at = place.logged.at;
      touch(known);
      return;
    }
    const names = request.checks.map(({ name }) => name);
    const made = { names, evidence: null, endedAt: null };
    checks.set(work, add<ChecksBlock>(place, { kind: "checks", ...made }, request.task));
  },
  "work.finished": ({ work, result }, place) => finishWork(place, work, result),

  "task.created": ({ task }, place) => {
    add<WordsBlock>(
      place,
      {
        kind: "words",
        by: { kind: "person", name: "" },
        text: task.text,
        images: [],
        contract: task.contract,
        delivered: undefined,
      },
      task.id,
    );
  },
  "task.moved": ({ task, phase, round }, { segment }) => {
    segment.phases.set(task, { phase, round });
  },
  "task.assigned": nothing,
  "task.noted": ({ task, level, text }, place) => add(place, { kind: "note", level, text }, task),
  "verdict.recorded": nothing,
  "verdict.carried": ({ task }, place) =>
    add(
      place,
      { kind: "note", level: "info", text: "The rebase changed nothing of it: the review still holds" },
      task,
    ),
  "task.ended": ({ task, outcome, detail, mergedCommit }, place) =>
    add(place, { kind: "outcome", outcome, detail, mergedCommit }, task),
};

type Made<B extends Block> = B extends Block
  ? Omit<B, "key" | "position" | "at" | "session" | "task" | "revision">
  : never;

function add<B extends Block>({ segment, index, logged }: Place, made: Made<B>, task?: string): B {
  const spec = index.session(logged.session)?.spec;
  const block = {
    key: `${logged.position}`,
    position: logged.position,
    at: logged.at,
    session: logged.session,
    task: task ?? spec?.task,
    revision: 0,
    ...made,
  } as unknown as B;
  segment.blocks.push(block);
  return block;
}

const say = (
  place: Place,
  { text, images = [] }: { text: string; images?: readonly Image[] | undefined },
  delivered: WordsBlock["delivered"],
): WordsBlock =>
  add<WordsBlock>(place, {
    kind: "words",
    by: place.logged.by,
    text,
    images,
    contract: undefined,
    delivered,
  });

function touch(block: { revision: number } | undefined): void {
  if (block) block.revision += 1;
}

function touchParts(facts: TurnFacts): void {
  for (const part of facts.parts) part.revision += 1;
}

function factsOf({ index, logged }: Place, turn: string): TurnFacts {
  const id = `${logged.session} ${turn}`;
  const known = index.turns.get(id);
  if (known) return known;
  const facts: TurnFacts = {
    ...{ session: logged.session, turn, doing: "work", startedAt: null, endedAt: null, status: null },
    ...{ failure: null, usage: [], candidate: null, review: null, parts: [] },
  };
  index.turns.set(id, facts);
  return facts;
}

function openPart(place: Place, facts: TurnFacts): TurnBlock {
  const made = { facts, steps: [], counts: noCalls(), loud: [], bodyEnd: 0 };
  const block = add<TurnBlock>(place, { kind: "turn", ...made });
  // The words and the turn that they begin are one event.
  block.key = `turn-${place.logged.position}`;
  facts.parts.push(block);
  facts.parts.sort((a, b) => a.position - b.position);
  touchParts(facts);
  place.segment.open.set(place.logged.session, block);
  return block;
}

/** The part of a turn that grows now; a new one when it was divided, or began before the segment. */
function partOf(place: Place, turn: string): TurnBlock {
  const open = place.segment.open.get(place.logged.session);
  if (open && open.facts.turn === turn) return open;
  return openPart(place, factsOf(place, turn));
}

/** A call that the gate let through is one that was made. */
function passed(step: CallStep, block: TurnBlock): void {
  if (!step.isCounted) count(block.counts, step.call);
  step.isCounted = true;
}

/** What the session's turn does from now on stands below what was just added. */
function divide({ segment, logged }: Place): void {
  segment.open.delete(logged.session);
}

function doingOf({ segment, index, logged }: Place, origin: EventOf<"turn.started">["origin"]): Doing {
  if (origin === "resumption") return "resume";
  if (origin === "background") return "background";
  const spec = index.session(logged.session)?.spec;
  if (spec?.task === undefined) return "answer";
  if (logged.by.kind === "person") return "answer";
  const moved = segment.phases.get(spec.task);
  if (spec.role === "reviewer") return moved && moved.round > 0 ? "check-fix" : "review";
  if (!moved) return "work";
  return moved.phase === "fixing" ? "fix" : "implement";
}

function finishWork(place: Place, work: string, result: WorkResult): void {
  const { segment, index, logged } = place;
  const request = index.session(logged.session)?.work[work]?.request;
  const task = request && "task" in request ? request.task : undefined;
  switch (result.type) {
    case "workspace.opened": {
      if (task === undefined) return;
      const made = { branch: result.branch, ...preparedBefore(index.session(logged.session), task) };
      segment.prepared.set(task, add<PreparedBlock>(place, { kind: "prepared", ...made }, task));
      return;
    }
    case "workspace.ready": {
      const prepared = task === undefined ? undefined : segment.prepared.get(task);
      if (!prepared) return;
      prepared.setUp = setUpOf(result);
      prepared.revision += 1;
      return;
    }
    case "check.finished":
      finishChecks(place, work, request, result.evidence);
      return;
    case "candidate.taken":
      tellCandidate(place, task, result.candidate, false);
      return;
    case "candidate.rebased": {
      const before = request?.type === "candidate.rebase" ? request.candidate : undefined;
      if (before !== result.candidate.commit) tellCandidate(place, task, result.candidate, true);
      return;
    }
    case "candidate.conflicted":
      add(
        place,
        {
          kind: "note",
          level: "warning",
          text: `The target moved, and the change conflicts with it in ${result.files.join(", ")}`,
        },
        task,
      );
      return;
    case "target.moved":
      add(place, { kind: "note", level: "info", text: "The target moved before the merge" }, task);
      return;
    case "candidate.merged":
      for (const text of result.notes) add(place, { kind: "note", level: "info", text }, task);
      return;
    case "workspace.kept":
      add(place, { kind: "note", level: "info", text: `The worktree stays: ${result.reason}` }, task);
      return;
    case "work.failed":
      add(place, { kind: "note", level: "failure", text: result.message }, task);
      return;
    default:
      // Ends of work that the program itself goes on to tell of.
      return;
  }
}

function finishChecks(
  place: Place,
  work: string,
  request: WorkRequest | undefined,
  evidence: ChecksBlock["evidence"],
): void {
  const { segment, index, logged } = place;
  const check = request?.type === "check.run" ? request : undefined;
  if (check?.keep) {
    const prepared = segment.prepared.get(check.task);
    if (!prepared) return;
    prepared.evidence = evidence;
    prepared.revision += 1;
    return;
  }
  const names = (evidence ?? []).map(({ name }) => name);
  const block =
    index.checks.get(work) ??
    add<ChecksBlock>(place, { kind: "checks", names, evidence, endedAt: null }, check?.task);
  index.checks.set(work, block);
  block.evidence = evidence;
  block.endedAt = logged.at;
  block.revision += 1;
}

/** A candidate belongs to the turn that it was built of; alone where that turn is not loaded. */
function tellCandidate(place: Place, task: string | undefined, candidate: Candidate, rebased: boolean): void {
  const facts = task === undefined || rebased ? undefined : place.segment.implemented.get(task);
  if (!facts) {
    add<CandidateBlock>(place, { kind: "candidate", candidate, rebased }, task);
    return;
  }
  facts.candidate = candidate;
  touchParts(facts);
}

const setUpOf = (result: Extract<WorkResult, { type: "workspace.ready" }>): PreparedBlock["setUp"] =>
  result.steps.map(({ command, durationMs, exitCode }) => ({ command, durationMs, ok: exitCode === 0 }));

/** What the state knows of a task's preparation already: its answers may be on a later page. */
function preparedBefore(
  state: SessionState | undefined,
  task: string,
): Pick<PreparedBlock, "setUp" | "evidence"> {
  let setUp: PreparedBlock["setUp"] = null;
  let evidence: PreparedBlock["evidence"] = null;
  for (const { request, result } of Object.values(state?.work ?? {})) {
    if (!("task" in request) || request.task !== task) continue;
    if (result?.type === "workspace.ready") setUp = setUpOf(result);
    if (result?.type === "check.finished" && request.type === "check.run" && request.keep)
      evidence = result.evidence;
  }
  return { setUp, evidence };
}

/** Joins the turns that a page's end divided: what the later page holds of them goes to the earlier page's part. */
export function join(earlier: Segment, later: Segment, index: TimelineIndex): void {
  for (const [session, part] of earlier.open) {
    const at = later.blocks.findIndex((block) => block.session === session);
    const rest = later.blocks[at];
    if (rest?.kind !== "turn" || rest.facts !== part.facts) continue;
    later.blocks.splice(at, 1);
    const before = part.steps.length;
    for (const step of rest.steps) {
      part.steps.push(step);
      if (step.kind !== "call") continue;
      count(part.counts, step.call);
      index.calls.set(`${session} ${part.facts.turn} ${step.call.id}`, { step, block: part });
    }
    if (rest.bodyEnd > 0) part.bodyEnd = before + rest.bodyEnd;
    part.loud.push(...rest.loud);
    part.facts.parts = part.facts.parts.filter((one) => one !== rest);
    if (later.open.get(session) === rest) later.open.set(session, part);
    touchParts(part.facts);
  }
  earlier.open.clear();
}
