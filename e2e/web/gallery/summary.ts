/** Sessions as a list shows them. */
import { activityOf, phaseSchema, type SessionState, type SessionSummary, totalCost } from "@tutti/core";
import type { Log } from "./log.ts";

/** What a request cost with all its agents. */
export const costOf = (log: Log, id: string) =>
  totalCost([log.state(id), ...log.children(id)].flatMap((state) => state?.usage ?? []));

/** The ids of the harnesses that work on it, in the order in which they came. */
export const harnessesOf = (log: Log, id: string): string[] => [
  ...new Set([log.state(id), ...log.children(id)].flatMap((state) => state?.spec.harness?.harness ?? [])),
];

export function repositoryOf(log: Log, id: string): string | null {
  const found = Object.values(log.state(id)?.work ?? {}).flatMap(({ result }) =>
    result?.type === "repository.inspected" ? [result.root] : [],
  );
  const workspace = log.state(id)?.spec.workspace;
  return found[0] ?? (workspace ? "/home/jo/code/todos" : null);
}

function summaryOf(log: Log, state: SessionState): SessionSummary {
  const { id, spec, seq } = state;
  const own = activityOf(state);
  const asking = log.children(id).flatMap((child) => {
    const { activity, detail } = activityOf(child);
    return activity === "waiting" ? [detail] : [];
  });
  const { activity, detail } =
    state.closed === null && asking[0] !== undefined && own.activity !== "waiting"
      ? { activity: "waiting" as const, detail: asking[0] }
      : own;
  const tasks = Object.values(state.tasks);
  const phases = tasks.flatMap(({ outcome, phase }) =>
    outcome === null ? [phaseSchema.options.indexOf(phase)] : [],
  );
  const candidates = tasks.flatMap(({ candidate }) => candidate ?? []);
  const files = candidates.flatMap((candidate) => candidate.files);
  const count = (of: "additions" | "deletions") => files.reduce((sum, file) => sum + (file[of] ?? 0), 0);
  const pending = (one: SessionState) =>
    Object.values(one.approvals).filter(({ answered, withdrawn }) => !answered && withdrawn === undefined)
      .length;
  return {
    id,
    title: spec.title,
    agent: spec.agent,
    host: spec.host,
    parent: spec.parent ?? null,
    role: spec.role ?? null,
    status: statusOf(state, activity),
    detail: detail.replace(/\s+/g, " ").trim().slice(0, 200),
    activity,
    repository: repositoryOf(log, spec.parent ?? id),
    phase: phaseSchema.options[Math.min(...phases)] ?? null,
    tasks: { total: tasks.length, ended: tasks.filter(({ outcome }) => outcome !== null).length },
    outcome: tasks.find(({ outcome }) => outcome !== null)?.outcome ?? null,
    harnesses: harnessesOf(log, id),
    changes:
      candidates.length === 0
        ? null
        : { files: files.length, additions: count("additions"), deletions: count("deletions") },
    questions: [state, ...log.children(id)].reduce((sum, one) => sum + pending(one), 0),
    seq,
    createdAt: state.createdAt,
    updatedAt: state.updatedAt,
    ...costOf(log, id),
  };
}

function statusOf(state: SessionState, activity: SessionSummary["activity"]): SessionSummary["status"] {
  if (state.closed !== null) return "closed";
  switch (activity) {
    case "waiting":
      return "waiting";
    case "starting":
    case "working":
    case "waiting-for-child":
      return "working";
    default:
      return "idle";
  }
}

interface Wanted {
  parent?: string | undefined;
  host?: string | undefined;
  active?: "true" | "false" | undefined;
  closed?: "true" | "false" | undefined;
  search?: string | undefined;
  limit: number;
}

/** The latest first. */
export function listSessions(
  log: Log,
  { parent, host, active, closed, search, limit }: Wanted,
): SessionSummary[] {
  return log
    .sessions()
    .map((state) => summaryOf(log, state))
    .filter((one) => parent === undefined || (parent === "" ? one.parent === null : one.parent === parent))
    .filter((one) => host === undefined || one.host === host)
    .filter(
      (one) => active === undefined || ["working", "waiting"].includes(one.status) === (active === "true"),
    )
    .filter((one) => closed === undefined || (one.status === "closed") === (closed === "true"))
    .filter((one) => search === undefined || holds(log, one, search))
    .sort((a, b) => b.createdAt.localeCompare(a.createdAt) || a.id.localeCompare(b.id))
    .slice(0, limit);
}

/** Whether a title, a repository or what was said holds all the words. */
function holds(log: Log, { id, title, repository }: SessionSummary, search: string): boolean {
  const said = log.family(id).flatMap(({ event }) => {
    if (event.type === "item.added") return [event.item.text];
    if (event.type === "turn.started") return [event.text];
    return event.type === "task.created" ? [event.task.text] : [];
  });
  const all = [title, repository ?? "", ...said].join("\n").toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}
