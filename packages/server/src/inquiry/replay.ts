/**
 * Replays the log against other rules of the server, and says what would have come out otherwise.
 *
 * Each call is judged as if everything before it had taken place as the log says: what the rules remember goes on from what
 * really happened, also where they would have stopped it. Both sides are judged by today's code, so that what differs is
 * the rules' doing alone.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  actionsOf,
  type Command,
  type Decision,
  fold,
  type InquiryExample,
  judge,
  type LoggedEvent,
  type PolicyTestFrame,
  type PolicyTestReport,
  type PolicyUse,
  type SessionState,
  situationOf,
} from "@tutti/core";
import type { Kysely } from "kysely";
import type { Schema } from "../database/schema.ts";
import { readSession } from "../log/read.ts";
import { type AskPrograms, contextOf, whatOf } from "./ask.ts";
import { type JudgedEvent, judgedEvents } from "./judged-events.ts";

export interface ReplayParts {
  kysely: Kysely<Schema>;
  programs: AskPrograms;
}

const eventsPage = 100;
const sessionsPage = 200;
const examplesLimit = 5;
const changesLimit = 500;
/** How many calls are judged before others have their turn in this process. */
const stretch = 5;

/** One session is held at a time, whatever the log's length. Ends early, without a report, when the signal aborts. */
export async function* replay(
  { kysely, programs }: ReplayParts,
  { standing, since }: { standing: readonly PolicyUse[]; since: Date },
  signal: AbortSignal,
): AsyncGenerator<PolicyTestFrame, void, void> {
  const tally = openTally();
  const of = await sessionsSince(kysely, since);
  let sessions = 0;
  for (let last = ""; ; ) {
    const page = await kysely
      .selectFrom("session_summaries")
      .select("id")
      .where("updated_at", ">=", since)
      .where("id", ">", last)
      .orderBy("id")
      .limit(sessionsPage)
      .execute();
    for (const { id } of page) {
      if (signal.aborted) return;
      let told = tally.judged;
      for await (const _ of replaySession({ kysely, programs, tally }, id, { standing, since }, signal))
        if (tally.judged - told >= 200) {
          told = tally.judged;
          yield { type: "progress", sessions, of, judged: tally.judged };
        }
      sessions += 1;
      yield { type: "progress", sessions, of: Math.max(of, sessions), judged: tally.judged };
      last = id;
    }
    if (page.length < sessionsPage) break;
  }
  if (!signal.aborted) yield { type: "done", report: { sessions, ...tally.report() } };
}

/** Judges everything in one session; gives a sign of life after each page of its log. */
async function* replaySession(
  { kysely, programs, tally }: ReplayParts & { tally: Tally },
  session: string,
  { standing, since }: { standing: readonly PolicyUse[]; since: Date },
  signal: AbortSignal,
): AsyncGenerator<void, void, void> {
  const see = judgedEvents();
  const replaced = withServerRules(standing);
  let state: SessionState | undefined;
  /** What the other rules remember. */
  let remembered: SessionState["policyStates"] = {};
  let judgedCount = 0;
  const other = (of: SessionState): SessionState => ({
    ...of,
    policies: replaced(of.policies),
    policyStates: remembered,
  });
  const remember = async (of: SessionState, command: Command) => {
    const with_ = other(of);
    const actions = actionsOf(of, command);
    if (actions.length === 0) return;
    const { states } = judge(with_, actions, await contextOf(programs, with_, command));
    remembered = { ...remembered, ...states };
  };
  for (let after = 0; !signal.aborted; ) {
    const page = await readSession(kysely, session, after, eventsPage);
    for (const logged of page) {
      const found = see(state, logged);
      if (found && !found.judged.answered && !stoodInTheWay(found)) {
        const { before, judged } = found;
        const then = await wordOn(programs, before, judged.command);
        const now = await wordOn(programs, other(before), judged.command);
        if (new Date(logged.at) >= since) tally.add(found, then.decision, now.decision);
        if (judged.recorded.effect === "allow") remembered = { ...remembered, ...now.states };
        judgedCount += 1;
        if (judgedCount % stretch === 0) await nextTurn();
      } else if (state) {
        const { event } = logged;
        if (event.type === "usage.recorded")
          await remember(state, { type: "usage.record", turn: event.turn, usage: event.usage });
        if (event.type === "approval.resolved" && event.answer === "allow")
          await remember(state, { type: "approval.resolve", approval: event.approval, answer: "allow" });
      }
      state = fold(state, logged);
      after = logged.seq;
    }
    yield;
    await nextTurn();
    if (page.length < eventsPage) return;
  }
}

/** Denied because the turn or the session was ending: no policy was asked. */
const stoodInTheWay = ({ before, judged }: JudgedEvent): boolean =>
  before.closed !== null || (judged.subject === "tool" && before.turn?.interruptRequested === true);

/** The rules of a session with others of the server. Sessions have few sets of rules, and each keeps its objects. */
function withServerRules(standing: readonly PolicyUse[]) {
  const made = new WeakMap<readonly PolicyUse[], PolicyUse[]>();
  return (uses: readonly PolicyUse[]): PolicyUse[] => {
    const known = made.get(uses);
    if (known) return known;
    const all = [...standing, ...uses.filter(({ level }) => level !== "server")];
    made.set(uses, all);
    return all;
  };
}

/** What the policies say of a command together, with a person's rules for the session, as the gate has it. */
async function wordOn(programs: AskPrograms, state: SessionState, command: Command) {
  const context = await contextOf(programs, state, command);
  const actions = actionsOf(state, command);
  const { decision, states } = judge(state, actions, context);
  const [action] = actions;
  if (decision.effect !== "ask" || !action || command.type === "turn.start") return { decision, states };
  const rule = context.describe(action, situationOf(state, context.spending)).rule;
  const stands = rule && state.rules.find(({ key }) => key === rule.key);
  return stands
    ? { decision: { effect: "allow" as const, rule: stands.words }, states }
    : { decision, states };
}

type Tally = ReturnType<typeof openTally>;

function openTally() {
  const changes = new Map<string, PolicyTestReport["changes"][number]>();
  let judged = 0;
  let same = 0;
  let drifted = 0;
  let left = 0;
  return {
    get judged() {
      return judged;
    },
    add(
      { logged, judged: { subject, command, recorded }, before }: JudgedEvent,
      then: Decision,
      now: Decision,
    ) {
      judged += 1;
      if (then.effect !== recorded.effect) drifted += 1;
      if (then.effect === now.effect) {
        same += 1;
        return;
      }
      const policies = policiesOf(now.effect === "allow" ? then : now);
      const key = JSON.stringify([subject, then.effect, now.effect, policies]);
      let change = changes.get(key);
      if (!change) {
        if (changes.size >= changesLimit) {
          left += 1;
          return;
        }
        change = { from: then.effect, to: now.effect, subject, policies, count: 0, examples: [] };
        changes.set(key, change);
      }
      change.count += 1;
      if (change.examples.length < examplesLimit)
        change.examples.push(exampleOf(logged, before, command, now.effect === "allow" ? then : now));
    },
    report: (): Omit<PolicyTestReport, "sessions"> => ({
      judged,
      same,
      drifted,
      changes: [...changes.values()].sort((a, b) => b.count - a.count),
      notes: [
        "Rules about what was spent are asked as if nothing was.",
        "Turns that were refused are not in the log.",
        ...(left > 0 ? [`${left} more changes are of kinds that are not listed.`] : []),
      ],
    }),
  };
}

const policiesOf = (decision: Decision): string[] =>
  decision.effect === "allow" ? [] : [...new Set(decision.policies)];

function exampleOf(
  { session, seq, at }: LoggedEvent,
  before: SessionState,
  command: Command,
  decision: Decision,
): InquiryExample {
  const actions = actionsOf(before, command);
  const action = actions.find(({ phase }) => phase === "request") ?? actions[0];
  const reason = decision.effect === "allow" ? "" : decision.reason;
  return { session, seq, at, what: action ? whatOf(action) : "", reason };
}

async function sessionsSince(kysely: Kysely<Schema>, since: Date): Promise<number> {
  const { count } = await kysely
    .selectFrom("session_summaries")
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .where("updated_at", ">=", since)
    .executeTakeFirstOrThrow();
  return Number(count);
}
