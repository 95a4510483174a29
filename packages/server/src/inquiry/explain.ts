/** How something that was decided came to its decision: the log is folded up to it, and the policies are asked again. */
import { isDeepStrictEqual } from "node:util";
import {
  actionsOf,
  type Decided,
  type Decision,
  decide,
  type Explanation,
  fold,
  type LoggedEvent,
  type Refusal,
  type SessionState,
} from "@tutti/core";
import { type Kysely, sql } from "kysely";
import type { Database } from "../database/pool.ts";
import type { Schema } from "../database/schema.ts";
import { readSession } from "../log/read.ts";
import { readState } from "../sessions/read-state.ts";
import { type AskPrograms, contextOf, looksAtSpending, reportOn, whatOf } from "./ask.ts";
import { type JudgedEvent, judgedEvents } from "./judged-events.ts";

export type Explained = { ok: true; explanation: Explanation } | { ok: false; refusal: Refusal };

/** @param id of a tool call, a push, a turn or a question, or the beginning of one */
export async function explain(
  { database, programs }: { database: Database; programs: AskPrograms },
  id: string,
  within?: string,
): Promise<Explained> {
  const place = await find(database.kysely, id, within);
  if (!place.ok) return place;
  const { session, seq } = place;
  const walked = await walk(database.kysely, session, seq);
  const state = await readState(database, session);
  if (!walked || !state) return invalid(`the log of session ${session} ends before event ${seq}`);
  const { logged, found } = walked;
  if (found) return { ok: true, explanation: await explained(programs, found, state) };
  const { event, at, by } = logged;
  const stands = { session, seq: logged.seq, at, by, today: null, differs: false, actions: [] };
  if (
    event.type === "approval.requested" &&
    (event.subject.kind === "merge" || event.subject.kind === "trust")
  ) {
    const { subject } = event;
    const isMerge = subject.kind === "merge";
    const reason = isMerge
      ? "A merge needs a person's consent for this tree on this head, or one given beforehand."
      : "A repository's own commands and files take effect once a person trusts them.";
    return {
      ok: true,
      explanation: {
        ...stands,
        kind: subject.kind,
        what: isMerge ? `merge ${subject.task} into ${subject.target}` : `trust ${subject.repository}`,
        recorded: { effect: "ask", reason, policies: [] },
        notes: ["No policy is asked: this is Tutti's own law, and no rule changes it."],
        question: questionOf(state, event.approval),
      },
    };
  }
  if (event.type === "turn.started")
    return {
      ok: true,
      explanation: {
        ...stands,
        kind: "turn",
        what: event.turn,
        recorded: { effect: "allow" },
        notes: [
          event.origin === "background"
            ? "The harness began this turn by itself: no policy is asked about its beginning."
            : "Tutti took the turn up again after a person's answer: no policy is asked about its beginning.",
        ],
        question: null,
      },
    };
  return invalid(`${id} is no tool call, push, turn or question`);
}

async function explained(
  programs: AskPrograms,
  { logged, before, judged }: JudgedEvent,
  now: SessionState,
): Promise<Explanation> {
  const { subject, command, recorded, approval, answered } = judged;
  const context = await contextOf(programs, before, command);
  const actions = actionsOf(before, command);
  const today = decisionIn(decide(before, command, context));
  const reports = reportOn(before, actions, context);
  const notes: string[] = [];
  if (answered)
    notes.push("A person's answer decided this call; the votes are what the policies say beside it.");
  else if (recorded.effect === "deny" && recorded.policies.length === 0)
    notes.push("No policy brought the recorded decision about: the session stood in the way.");
  if (recorded.effect === "allow" && recorded.rule !== undefined)
    notes.push(`A person's rule for this session stood in for an answer: ${recorded.rule}.`);
  if (before.policies.some(looksAtSpending))
    notes.push("What was spent then is not known here: rules about it vote as if nothing was.");
  const differs = today === null || !isDeepStrictEqual(comparable(recorded), comparable(today));
  if (differs)
    notes.push(
      "Today the same rules decide otherwise on the same state: a policy's code, or what it was told beside the log, has changed since.",
    );
  const [first] = actions;
  const what = subject === "turn" ? actions.find(({ phase }) => phase === "request") : first;
  return {
    session: logged.session,
    seq: logged.seq,
    at: logged.at,
    by: logged.by,
    kind: subject,
    what: what ? whatOf(what) : subject,
    recorded,
    today,
    differs,
    notes,
    actions: reports,
    question: approval === undefined ? null : questionOf(now, approval),
  };
}

/** Without what the log does not keep of a turn that began. */
const comparable = (decision: Decision): unknown => JSON.parse(JSON.stringify(decision));

/** The decision that a decider came to. A turn that may not begin is refused, one that waits is asked about. */
function decisionIn(decided: Decided): Decision | null {
  if (!decided.ok)
    return decided.refusal.kind === "forbidden"
      ? { effect: "deny", reason: decided.refusal.message, policies: [] }
      : null;
  if (decided.decision) return decided.decision;
  for (const event of decided.events) {
    if (event.type === "turn.started") return { effect: "allow" };
    if (event.type === "approval.requested" && event.subject.kind === "turn") {
      const { reason, policies, weight, alternative } = event.subject;
      return { effect: "ask", reason, policies, weight, ...(alternative !== undefined && { alternative }) };
    }
  }
  return null;
}

function questionOf({ approvals }: SessionState, id: string): Explanation["question"] {
  const { answered, withdrawn } = approvals[id] ?? {};
  return {
    approval: id,
    answer: answered?.answer ?? null,
    by: answered?.by ?? null,
    at: answered?.at ?? null,
    via: answered?.via ?? null,
    reason: answered?.reason ?? null,
    withdrawn: withdrawn ?? null,
  };
}

const pageSize = 500;

/** Folds a session's log up to the event at `seq`; a question is followed to what was asked about. */
async function walk(
  kysely: Kysely<Schema>,
  session: string,
  seq: number,
): Promise<{ logged: LoggedEvent; found: JudgedEvent | undefined } | undefined> {
  const see = judgedEvents();
  let state: SessionState | undefined;
  let target: LoggedEvent | undefined;
  for (let after = 0; ; ) {
    const page = await readSession(kysely, session, after, pageSize);
    for (const logged of page) {
      const found = see(state, logged);
      if (target)
        return { logged: target, found: found?.judged.approval === idOf(target) ? found : undefined };
      if (logged.seq === seq) {
        if (found || logged.event.type !== "approval.requested") return { logged, found };
        target = logged;
      }
      state = fold(state, logged);
      after = logged.seq;
    }
    if (page.length < pageSize) return target && { logged: target, found: undefined };
  }
}

const idOf = ({ event }: LoggedEvent): string | undefined =>
  event.type === "approval.requested" ? event.approval : undefined;

type Place = { ok: true; session: string; seq: number } | { ok: false; refusal: Refusal };

/** Where a call, push, turn or question with this id stands in the log: the exact id, else the beginning of only one. */
async function find(kysely: Kysely<Schema>, id: string, within: string | undefined): Promise<Place> {
  const { rows } = await sql<{ session: string; seq: number; key: string }>`
    select session, seq, key from (
      select session, seq, position, case type
        when 'tool.requested' then data->'call'->>'id'
        when 'push.requested' then data->>'push'
        when 'approval.requested' then data->>'approval'
        else data->>'turn' end as key, type
      from events
      where type in ('tool.requested', 'push.requested', 'approval.requested', 'turn.held', 'turn.started')
        and (${within ?? null}::text is null or session = ${within ?? null})
    ) as named
    where key = ${id} or starts_with(key, ${id})
    order by (key = ${id}) desc, (type = 'turn.held') desc, position desc limit 20`.execute(kysely);
  const [first] = rows;
  if (!first)
    return {
      ok: false,
      refusal: {
        kind: "invalid",
        message: `nothing in the log has the id ${id}: \`tutti events SESSION\` shows calls and questions with their ids`,
        field: "id",
      },
    };
  const others = new Set(rows.map(({ session, key }) => `${key} of session ${session}`));
  const sessions = new Set(rows.filter(({ key }) => key === id).map(({ session }) => session));
  if (first.key === id ? sessions.size > 1 : others.size > 1)
    return {
      ok: false,
      refusal: {
        kind: "invalid",
        message: `${id} is not unique: ${[...others].slice(0, 5).join(", ")}${first.key === id ? "; name the session" : ""}`,
        field: "id",
      },
    };
  return { ok: true, session: first.session, seq: first.seq };
}

const invalid = (message: string): Explained => ({
  ok: false,
  refusal: { kind: "invalid", message, field: "id" },
});
