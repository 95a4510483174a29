/**
 * The score: the stages of a task as columns, from its root session's events alone. A stage begins where the task moves to it
 * and ends where the next begins; what is to come is what the program does next if nothing goes wrong. Pure.
 */
import { type EventOf, type LoggedEvent, type Phase, passed, type Role } from "@tutti/core";

export interface Stage {
  key: string;
  name: string;
  /** The session of the agent that plays it; null for the project's own checks, a person, and Tutti itself. */
  session: string | null;
  state: "done" | "running" | "you" | "failed" | "merged" | "next";
  /** Milliseconds; null for what is to come. */
  startedAt: number | null;
  endedAt: number | null;
  /** Where its events begin in the log; null for what is to come, and for what was. */
  position: number | null;
}

/** How many columns there may be. */
const limit = 7;

type Doing =
  | "prepare"
  | "implement"
  | "checks"
  | "review"
  | "fix"
  | "check-fix"
  | "rebase"
  | "decide"
  | "merge";
interface Played extends Stage {
  doing: Doing;
  round: number;
}

const names: Record<Doing, string> = {
  prepare: "Prepare",
  implement: "Implement",
  checks: "Checks",
  review: "Review",
  fix: "Fix",
  "check-fix": "Check the fix",
  rebase: "Rebase",
  decide: "You decide",
  merge: "Merge",
};

const doingOf = (phase: Phase, round: number): Doing | undefined => {
  const doings: Record<Phase, Doing | undefined> = {
    waiting: undefined,
    preparing: "prepare",
    implementing: "implement",
    checking: "checks",
    reviewing: round > 0 ? "check-fix" : "review",
    fixing: "fix",
    rebasing: "rebase",
    consenting: "decide",
    merging: "merge",
  };
  return doings[phase];
};

/** What Tutti does by itself between two stages is shown while it goes on, and left out when it is over. */
const fleeting: readonly Doing[] = ["prepare", "rebase", "merge"];

export interface ScoreOptions {
  /** The person said yes to the merge beforehand. */
  isPreapproved: boolean;
}

/** @param log the root session's events, from its first on */
export function score(log: readonly LoggedEvent[], task: string, { isPreapproved }: ScoreOptions): Stage[] {
  const { played, ended } = play(log, task);
  const current = played.at(-1);
  if (ended) return fold([...settle(played, ended.event.outcome), ...ending(ended)]);
  const shown = played.filter((stage) => stage === current || !fleeting.includes(stage.doing));
  return fold([...shown, ...toCome(current?.doing, played, isPreapproved)]);
}

interface Ended {
  at: number;
  position: number;
  event: EventOf<"task.ended">;
}

function play(log: readonly LoggedEvent[], task: string): { played: Played[]; ended: Ended | undefined } {
  const played: Played[] = [];
  const checks = new Map<string, Played>();
  const seats = new Map<Role, string>();
  let ended: Ended | undefined;
  let round = 0;
  for (const { event, at, position } of log) {
    const time = Date.parse(at);
    const current = played.at(-1);
    if (event.type === "task.assigned" && event.task === task) {
      const { role, session } = event.assignment;
      seats.set(role, session);
      if (current && roleOf(current.doing) === role) current.session = session;
    } else if (event.type === "task.moved" && event.task === task) {
      if (current) finish(current, time);
      const doing = doingOf(event.phase, event.round);
      if (doing === undefined) continue;
      round = event.round;
      const role = roleOf(doing);
      // A reviewer is seated anew for each review.
      const session = role === "implementer" ? (seats.get(role) ?? null) : null;
      const state = doing === "decide" ? "you" : "running";
      const name = names[doing];
      played.push({
        ...{ key: `${position}`, name, session, state, doing, round },
        ...{ startedAt: time, endedAt: null, position },
      });
    } else if (event.type === "work.requested" && event.request.type === "check.run") {
      if (event.request.task === task && !event.request.keep && current?.doing === "checks")
        checks.set(event.work, current);
    } else if (event.type === "work.finished" && event.result.type === "check.finished") {
      const stage = checks.get(event.work);
      if (stage && event.result.evidence.some((one) => !passed(one))) stage.state = "failed";
    } else if (event.type === "approval.requested" && current?.doing === "decide") {
      if (event.subject.kind === "merge" && event.subject.task === task) current.position = position;
    } else if (event.type === "task.ended" && event.task === task) {
      if (current) finish(current, time);
      ended = { at: time, position, event };
    }
  }
  return { played, ended };
}

const roleOf = (doing: Doing): Role | undefined => {
  if (doing === "implement" || doing === "fix") return "implementer";
  return doing === "review" || doing === "check-fix" ? "reviewer" : undefined;
};

function finish(stage: Played, time: number): void {
  stage.endedAt ??= time;
  if (stage.state === "running" || stage.state === "you") stage.state = "done";
}

/** The stages of a task that is over: the last one failed where the task did not get through it. */
function settle(played: Played[], outcome: EventOf<"task.ended">["outcome"]): Played[] {
  const last = played.at(-1);
  const stood = played.filter(
    (stage) => !fleeting.includes(stage.doing) || (stage === last && outcome !== "merged"),
  );
  const end = stood.at(-1);
  if (outcome !== "merged" && outcome !== "declined" && end) end.state = "failed";
  return stood;
}

function ending({ at, position, event: { outcome } }: Ended): Stage[] {
  const merged = outcome === "merged";
  const state = merged ? "merged" : outcome === "declined" || outcome === "interrupted" ? "done" : "failed";
  const name = merged
    ? "Merged"
    : outcome === "declined"
      ? "Declined"
      : state === "done"
        ? "Stopped"
        : "Failed";
  return [{ key: "end", name, session: null, state, startedAt: at, endedAt: null, position }];
}

function toCome(doing: Doing | undefined, played: readonly Played[], isPreapproved: boolean): Stage[] {
  const end: Doing = isPreapproved ? "merge" : "decide";
  const hasChecks =
    played.length === 0 || played.some((one) => one.doing === "checks") || doing === "prepare";
  const gate: Doing[] = hasChecks || doing === "implement" ? ["checks"] : [];
  const isFixed = played.some((one) => one.doing === "fix");
  const ways: Record<Doing, Doing[]> = {
    prepare: ["implement", ...gate, "review", end],
    implement: [...gate, "review", end],
    checks: [isFixed ? "check-fix" : "review", end],
    review: [end],
    fix: [...gate, "check-fix", end],
    "check-fix": [end],
    rebase: [end],
    decide: [],
    merge: [],
  };
  const next = doing === undefined ? ways.prepare : ways[doing];
  // Checks on the new base come after the review.
  const isReviewed = played.findLastIndex((one) => roleOf(one.doing) === "reviewer");
  const isChanged = played.findLastIndex((one) => roleOf(one.doing) === "implementer");
  const steps = doing === "checks" && isReviewed > isChanged ? [end] : next;
  return steps.map((step, at) => ({
    ...{ key: `next-${at}`, name: names[step], session: null, state: "next" as const },
    ...{ startedAt: null, endedAt: null, position: null },
  }));
}

/** At most seven columns: the older rounds become one each, then one together. */
function fold(stages: (Stage | Played)[]): Stage[] {
  const list: (Stage | Played)[] = [...stages];
  const isPlayed = (stage: Stage | Played | undefined): stage is Played =>
    stage !== undefined && "round" in stage;
  const last = list.findLast(isPlayed)?.round ?? 0;
  let folded: Stage | undefined;
  for (let round = 0; list.length > limit && round < last; round += 1) {
    const of = list.filter((stage): stage is Played => isPlayed(stage) && stage.round === round);
    const [first] = of;
    const end = of.at(-1);
    if (!first || !end) continue;
    const from = list.indexOf(folded ?? first);
    const count = of.length + (folded ? 1 : 0);
    folded = {
      key: `round-${round}`,
      name: folded ? `Rounds 1 to ${round + 1}` : `Round ${round + 1}`,
      session: null,
      state: of.some(({ state }) => state === "failed") ? "failed" : "done",
      startedAt: folded?.startedAt ?? first.startedAt,
      endedAt: end.endedAt,
      position: folded?.position ?? first.position,
    };
    list.splice(from, count, folded);
  }
  return list.slice(-limit);
}

/** How much room a stage takes beside the others: longer ones more, within bounds. */
export function stageWeight({ state, session, startedAt, endedAt }: Stage): number {
  if (state === "running") return 1.2;
  if (state === "next" || startedAt === null) return 0.95;
  if (session === null || endedAt === null) return 0.9;
  const minutes = (endedAt - startedAt) / 60_000;
  return 0.95 + Math.min(0.55, minutes * 0.09);
}
