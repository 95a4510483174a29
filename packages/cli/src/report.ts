/** What became of a request, as data: the object that `tutti run --json` ends with. */
import {
  type Outcome,
  type Role,
  type ServedUsage,
  type SessionState,
  type TaskFinding,
  type TaskState,
  totalCost,
} from "@tutti/core";

/** Who took a role, and what really served it. Null where that is not known. */
export interface SeatReport {
  harness: string;
  vendor: string | null;
  model: string | null;
}

export interface TaskReport {
  id: string;
  /** Null while the task is not over. */
  outcome: Outcome | null;
  /** Who did the work in the end, and who gave the last verdict; null when nobody did. */
  implementer: SeatReport | null;
  reviewer: SeatReport | null;
  /** Fix rounds, those that a person asked for too. */
  rounds: number;
  /** Of every review, and of a person who sent the merge back, in order. */
  findings: TaskFinding[];
  /** What the project's own checks did on the latest tree. */
  checks: { command: string; exitCode: number | null; treeHash: string }[];
  verdict: { approved: boolean; treeHash: string } | null;
  mergedCommit: string | null;
  /** Of all sessions of the task, in US dollars; null when nobody can say. */
  cost: { usd: number | null; source: ServedUsage["costSource"] };
}

export interface RequestReport {
  session: string;
  /** The tasks' outcome when they have one in common, else `mixed`; null while one is not over. */
  outcome: Outcome | "mixed" | null;
  tasks: TaskReport[];
}

/** Reports on a request from the state of its root session and of that one's children. Pure. */
export function report(root: SessionState, children: Iterable<SessionState>): RequestReport {
  const sessions = [...children];
  const tasks = Object.values(root.tasks).map((task) => taskReport(task, sessions));
  const outcomes = new Set(tasks.map(({ outcome }) => outcome));
  const [first = null] = outcomes;
  const outcome = outcomes.has(null) ? null : outcomes.size > 1 ? "mixed" : first;
  return { session: root.id, outcome, tasks };
}

/** Whether everything that was asked for is merged. */
export const allMerged = ({ outcome }: RequestReport): boolean => outcome === "merged";

function taskReport(task: TaskState, sessions: readonly SessionState[]): TaskReport {
  const own = sessions.filter(({ spec }) => spec.task === task.spec.id);
  const { costUsd: usd, costSource: source } = totalCost(own.flatMap(({ usage }) => usage));
  return {
    id: task.spec.id,
    outcome: task.outcome,
    implementer: seat(task, "implementer", own),
    reviewer: seat(task, "reviewer", own),
    rounds: task.round,
    findings: task.findings,
    checks: task.evidence.map(({ command, exitCode, treeHash }) => ({ command, exitCode, treeHash })),
    verdict: task.verdict && { approved: task.verdict.approved, treeHash: task.verdict.tree },
    mergedCommit: task.mergedCommit,
    cost: { usd, source },
  };
}

function seat(task: TaskState, role: Role, sessions: readonly SessionState[]): SeatReport | null {
  const ofRole = task.assignments.filter((assignment) => assignment.role === role);
  const judge = role === "reviewer" && ofRole.find(({ session }) => session === task.verdict?.reviewer);
  const assignment = judge || ofRole.at(-1);
  if (!assignment) return null;
  // What was served is the word of the usage; the assignment says what is known of the route.
  const served = sessions.find(({ id }) => id === assignment.session)?.usage.at(-1);
  const { harness, vendor, model } = assignment;
  return { harness, vendor: served ? served.vendor : vendor, model: served?.model ?? model };
}
