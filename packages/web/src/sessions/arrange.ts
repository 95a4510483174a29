/** The list of sessions: filtered, grouped, in an order that does not jump. Pure. */
import type { Activity, SessionSummary } from "@tutti/core";
import { repositoryName } from "../design/words.ts";

export type Grouping = "state" | "repository";

export interface Filters {
  repository?: string;
  host?: string;
  harness?: string;
}

export interface Group {
  key: string;
  title: string;
  sessions: SessionSummary[];
}

/** Groups by state in their order: what needs the person first, what is over last. */
const states: readonly { key: string; title: string; of: readonly Activity[] }[] = [
  { key: "waiting", title: "Waiting for you", of: ["waiting"] },
  { key: "failed", title: "Failed", of: ["failed"] },
  { key: "working", title: "Working", of: ["working", "waiting-for-child", "starting"] },
  { key: "parked", title: "Parked", of: ["parked"] },
  { key: "idle", title: "Idle", of: ["idle"] },
  { key: "merged", title: "Merged", of: ["merged"] },
  { key: "stopped", title: "Stopped", of: ["stopped"] },
];

export const filtered = (
  sessions: readonly SessionSummary[],
  { repository, host, harness }: Filters,
): SessionSummary[] =>
  sessions.filter(
    (one) =>
      (repository === undefined || one.repository === repository) &&
      (host === undefined || one.host === host) &&
      (harness === undefined || one.harnesses.includes(harness)),
  );

/** Within a group the latest that was begun is first: what a session does never moves it there. */
export function grouped(sessions: readonly SessionSummary[], by: Grouping): Group[] {
  const inOrder = sessions.toSorted(
    (a, b) => b.createdAt.localeCompare(a.createdAt) || (a.id < b.id ? 1 : -1),
  );
  if (by === "state")
    return states
      .map(({ key, title, of }) => ({
        ...{ key, title },
        sessions: inOrder.filter(({ activity }) => of.includes(activity)),
      }))
      .filter((group) => group.sessions.length > 0);
  const groups = new Map<string, SessionSummary[]>();
  for (const session of inOrder) {
    const key = session.repository ?? "";
    groups.set(key, [...(groups.get(key) ?? []), session]);
  }
  return [...groups]
    .map(([key, of]) => ({
      key,
      title: key === "" ? "No repository" : repositoryName(key),
      sessions: of,
    }))
    .toSorted((a, b) => a.title.localeCompare(b.title) || (a.key < b.key ? -1 : 1));
}

export type Row =
  | { type: "group"; key: string; group: Group; isOpen: boolean }
  | { type: "session"; key: string; session: SessionSummary };

/** Groups and their sessions one under the other; the sessions of a folded group are left out. */
export function rowsOf(groups: readonly Group[], folded: ReadonlySet<string>): Row[] {
  return groups.flatMap((group): Row[] => {
    const isOpen = !folded.has(group.key);
    const head: Row = { type: "group", key: `group ${group.key}`, group, isOpen };
    return isOpen
      ? [head, ...group.sessions.map((session): Row => ({ type: "session", key: session.id, session }))]
      : [head];
  });
}

/** What sessions can be filtered by. */
export function choicesOf(sessions: readonly SessionSummary[]): {
  repositories: string[];
  hosts: string[];
  harnesses: string[];
} {
  const all = (values: readonly (string | null)[]) =>
    [...new Set(values.filter((value): value is string => value !== null))].toSorted();
  return {
    repositories: all(sessions.map(({ repository }) => repository)),
    hosts: all(sessions.map(({ host }) => host)),
    harnesses: all(sessions.flatMap(({ harnesses }) => harnesses)),
  };
}

const phases = {
  waiting: "Waits for a place",
  preparing: "Prepares",
  implementing: "Implements",
  checking: "Checks",
  reviewing: "In review",
  fixing: "Fixes",
  rebasing: "Rebases",
  consenting: "You decide",
  merging: "Merges",
} as const satisfies Record<NonNullable<SessionSummary["phase"]>, string>;

/** Where its tasks are: `Checks`, `2 of 3 tasks, Checks`, `Merged`. */
export function stageWords({ phase, tasks, outcome }: SessionSummary): string {
  const stage = phase === null ? "" : phases[phase];
  const outcomeWords = outcome === null ? "" : outcome === "merged" ? "Merged" : outcome.replaceAll("-", " ");
  if (tasks.total > 1) {
    const count = `${tasks.ended} of ${tasks.total} tasks`;
    return stage === "" ? count : `${count}, ${stage.toLowerCase()}`;
  }
  return stage || (outcomeWords && outcomeWords.charAt(0).toUpperCase() + outcomeWords.slice(1));
}
