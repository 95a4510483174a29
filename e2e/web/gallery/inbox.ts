/** What waits for the person, and what came to rest since they last looked. */
import {
  type ApprovalSubject,
  activityOf,
  type Inbox,
  type InboxItem,
  type NewsItem,
  type Outcome,
  pendingApprovals,
  type SessionState,
} from "@tutti/core";
import type { Log } from "./log.ts";
import { costOf, harnessesOf, repositoryOf } from "./summary.ts";

/** Outcomes that are no surprise to the person: they chose them. */
const chosen: readonly Outcome[] = ["merged", "declined", "interrupted", "untrusted"];
const atRest: readonly string[] = ["merged", "parked", "idle", "stopped"];

export function readInbox(log: Log, seenAt: string | null): Inbox {
  const items = log
    .sessions()
    .flatMap((state) => [...questionsOf(log, state), ...failuresOf(log, state)])
    .sort((a, b) => heldUpBy(b) - heldUpBy(a) || a.at.localeCompare(b.at));
  const news = log
    .sessions()
    .flatMap((state) => newsOf(log, state))
    .filter(({ at }) => seenAt === null || at > seenAt)
    .sort((a, b) => b.at.localeCompare(a.at))
    .slice(0, 50);
  return { items, news, seenAt, position: log.position };
}

const heldUpBy = (item: InboxItem): number => (item.kind === "question" ? item.holdsUp : 0);

function about(log: Log, root: string, first?: string) {
  const harnesses = harnessesOf(log, root);
  return {
    root,
    title: log.state(root)?.spec.title ?? root,
    repository: repositoryOf(log, root),
    harnesses: first ? [first, ...harnesses.filter((one) => one !== first)] : harnesses,
    ...costOf(log, root),
  };
}

function questionsOf(log: Log, state: SessionState): InboxItem[] {
  if (state.closed !== null) return [];
  return pendingApprovals(state).map(({ id, subject, requestedAt }) => ({
    kind: "question",
    ...about(log, log.rootOf(state.id), state.spec.harness?.harness),
    ...{ session: state.id, approval: id, subject: shortened(subject), at: requestedAt },
    holdsUp: waitingTasks(log.state(log.rootOf(state.id)) ?? state) + (subject.kind === "merge" ? 0 : 1),
    likeness: likenessOf(subject),
  }));
}

const waitingTasks = (state: SessionState): number =>
  Object.values(state.tasks).filter(({ outcome, phase }) => outcome === null && phase === "waiting").length;

/** A merge's diff and its checks' output are read with the session. */
const shortened = (subject: ApprovalSubject): ApprovalSubject =>
  subject.kind === "merge"
    ? {
        ...subject,
        diff: { text: "", cut: subject.diff.text.length + subject.diff.cut },
        evidence: subject.evidence.map((one) => ({
          ...one,
          output: { text: "", cut: one.output.text.length },
        })),
      }
    : subject;

function likenessOf(subject: ApprovalSubject): string | null {
  if (!("identity" in subject)) return null;
  if (subject.kind === "tool" && subject.call.command !== undefined)
    return `command ${subject.call.command.trim()}`;
  return subject.rule?.key ?? `${subject.kind} ${subject.identity}`;
}

/** A person who closed the session has seen how it ended. */
function failuresOf(log: Log, state: SessionState): InboxItem[] {
  const closing = log.events.findLast(
    ({ session, event }) => session === state.id && event.type === "session.closed",
  );
  if (closing?.by.kind === "person") return [];
  return Object.values(state.tasks).flatMap(({ spec, outcome, outcomeDetail, endedAt }) =>
    outcome === null || endedAt === null || chosen.includes(outcome)
      ? []
      : [
          {
            kind: "failed",
            ...about(log, state.id),
            ...{ task: spec.id, outcome, detail: outcomeDetail, at: endedAt },
          },
        ],
  );
}

function newsOf(log: Log, state: SessionState): NewsItem[] {
  if (state.spec.parent !== undefined) return [];
  const { activity, detail } = activityOf(state);
  return atRest.includes(activity)
    ? [{ ...about(log, state.id), activity, detail, at: state.updatedAt }]
    : [];
}
