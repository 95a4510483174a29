/** One task's change as the review shows it, out of what its session's log says. Pure. */
import {
  type ApprovalState,
  type ApprovalSubjectOf,
  type Candidate,
  type Evidence,
  isPending,
  passed,
  type SessionState,
  type TaskState,
} from "@tutti/core";
import { shortHash } from "../design/words.ts";
import { branchOf, candidatesOf, placeOf, reviewedCommits, targetOf } from "./candidates.ts";
import { findingsOf, type ReviewFinding } from "./findings.ts";

export type MergeQuestion = Omit<ApprovalState, "subject"> & { subject: ApprovalSubjectOf<"merge"> };

export interface Review {
  session: string;
  task: TaskState;
  /** What is to be merged: the latest that was built. */
  candidate: Candidate;
  /** All that were built, the latest last. */
  candidates: Candidate[];
  /** Commits that reviewers saw, by round. */
  reviewed: string[];
  /** Where its objects are; null while that is not known. */
  place: { host: string; repository: string } | null;
  branch: string | null;
  target: string;
  /** The latest question about this task's merge, answered or not. */
  question: MergeQuestion | null;
  findings: ReviewFinding[];
  /** Of the candidate, or of an earlier one while its own checks have not run. */
  evidence: Evidence[];
}

/** Null while the task has no change. */
export function reviewOf(root: SessionState, taskId: string): Review | null {
  const task = root.tasks[taskId];
  if (!task?.candidate) return null;
  const reviewed = reviewedCommits(root, taskId);
  const question =
    Object.values(root.approvals).findLast(
      (one): one is MergeQuestion => one.subject.kind === "merge" && one.subject.task === taskId,
    ) ?? null;
  const isAsked = question !== null && question.subject.tree === task.candidate.tree;
  return {
    session: root.id,
    task,
    candidate: task.candidate,
    candidates: candidatesOf(root, taskId),
    reviewed,
    place: placeOf(root),
    branch: branchOf(root, taskId),
    target: question?.subject.target ?? targetOf(root) ?? "",
    question,
    findings: findingsOf(task, reviewed),
    evidence: isAsked ? question.subject.evidence : task.evidence,
  };
}

/** The task to show when none is named: one whose merge waits, else one with a change, else the first. */
export function taskToShow(root: SessionState): string | undefined {
  const tasks = Object.values(root.tasks);
  const waits = Object.values(root.approvals).find((one) => one.subject.kind === "merge" && isPending(one));
  if (waits?.subject.kind === "merge") return waits.subject.task;
  return (tasks.find(({ candidate }) => candidate !== null) ?? tasks[0])?.spec.id;
}

export type Standing =
  /** `isPrompt`: it waits for this person. */
  | { kind: "asked"; question: MergeQuestion }
  | { kind: "merging" }
  | { kind: "merged"; commit: string }
  | { kind: "sent-back"; answered: NonNullable<ApprovalState["answered"]>; notes: number }
  | { kind: "declined"; answered: NonNullable<ApprovalState["answered"]> | undefined; detail: string }
  | { kind: "withdrawn"; reason: string }
  | { kind: "ended"; outcome: string; detail: string }
  | { kind: "underway"; detail: string };

/** Where the task stands for who is to decide on it. */
export function standingOf({ task, question }: Review): Standing {
  if (task.outcome === "merged")
    return { kind: "merged", commit: task.mergedCommit ?? task.candidate?.commit ?? "" };
  if (task.outcome === "declined")
    return { kind: "declined", answered: question?.answered, detail: task.outcomeDetail };
  if (task.outcome !== null) return { kind: "ended", outcome: task.outcome, detail: task.outcomeDetail };
  if (!question) return { kind: "underway", detail: task.detail };
  if (isPending(question)) return { kind: "asked", question };
  const isAbout = question.subject.tree === task.candidate?.tree;
  if (question.withdrawn !== undefined)
    return isAbout
      ? { kind: "withdrawn", reason: question.withdrawn }
      : { kind: "underway", detail: task.detail };
  const { answered } = question;
  if (!answered) return { kind: "underway", detail: task.detail };
  if (answered.answer === "allow") return { kind: "merging" };
  const notes = notesOf(answered);
  if (notes === 0) return { kind: "declined", answered, detail: task.detail };
  return isAbout ? { kind: "sent-back", answered, notes } : { kind: "underway", detail: task.detail };
}

const notesOf = (answered: NonNullable<ApprovalState["answered"]> & { notes?: readonly unknown[] }): number =>
  answered.notes?.length ?? 0;

/** Why a merge is not simply pressed: each must be answered in writing by who merges all the same. */
export function obstaclesOf({ candidate, question, task, findings, evidence }: Review): string[] {
  const red = evidence.filter((one) => !passed(one)).map(({ name }) => name);
  const open = findings.filter(({ outcome }) => outcome.kind === "open");
  const verdict = question?.subject.verdict ?? task.verdict;
  const all: string[] = [];
  if (red.length > 0) all.push(`Checks failed: ${red.join(", ")}`);
  if (evidence.some(({ treeHash }) => treeHash !== candidate.tree))
    all.push("The checks ran on another tree");
  if (!verdict?.approved) all.push("No review approves this change");
  else if (verdict.tree !== candidate.tree) all.push("The review is for another tree");
  if (open.length > 0) all.push(open.length === 1 ? "1 finding is open" : `${open.length} findings are open`);
  all.push(...(question?.subject.warnings ?? []));
  return all;
}

/** The commit that a tree belongs to, as people write it; the tree's own beginning where that is not known. */
export function commitWords({ candidate, candidates }: Review, tree: string): string {
  const known = candidate.tree === tree ? candidate : candidates.findLast((one) => one.tree === tree);
  return shortHash(known?.commit ?? tree);
}

/** What a tab of the review shows. */
export interface View {
  kind: "all" | "since" | "fix";
  title: string;
  base: string;
  commit: string;
  /** Only these of the change; all of it when null. */
  only: ReadonlySet<string> | null;
  /** For a fix: the finding that was fixed. */
  finding?: ReviewFinding;
}

/** `seen`: the commits of earlier candidates that this person had on the screen. */
export function viewsOf(
  { candidate, candidates, findings }: Review,
  seen: readonly string[],
  fix: ReviewFinding | undefined,
): View[] {
  const own = new Set(candidate.files.map(({ path }) => path));
  const views: View[] = [
    { kind: "all", title: "All changes", base: candidate.base, commit: candidate.commit, only: null },
  ];
  const earlier = candidates.slice(0, -1);
  const since = earlier.findLast(({ commit }) => seen.includes(commit));
  if (since)
    views.push({
      ...{ kind: "since", title: "Since you last viewed", base: since.commit, commit: candidate.commit },
      only: own,
    });
  const shown = fix ?? findings.findLast(isFixed);
  if (shown && isFixed(shown) && shown.commit !== null) {
    const { outcome } = shown;
    const commit = outcome.kind === "fixed" ? (outcome.commit ?? candidate.commit) : candidate.commit;
    views.push({
      ...{ kind: "fix", title: `Fix for finding ${shown.number}`, base: shown.commit, commit, only: own },
      finding: shown,
    });
  }
  return views;
}

const isFixed = ({ outcome, commit }: ReviewFinding) => outcome.kind === "fixed" && commit !== null;
