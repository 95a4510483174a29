/** A task's candidates as its session's log tells of them. Pure. */
import { type Candidate, repositoryOf, type SessionState } from "@tutti/core";

/** In the order in which they were built, the latest last. A rebase that left the tree as it was is the same candidate. */
export function candidatesOf({ work }: SessionState, task: string): Candidate[] {
  const all: Candidate[] = [];
  for (const { request, result } of Object.values(work)) {
    if (!("task" in request) || request.task !== task) continue;
    if (result?.type !== "candidate.taken" && result?.type !== "candidate.rebased") continue;
    const last = all.at(-1);
    if (last?.tree === result.candidate.tree)
      all[all.length - 1] = { ...result.candidate, changedSince: last.changedSince };
    else all.push(result.candidate);
  }
  return all;
}

/** The commits that were given to reviewers, by round: the first is round 1's. */
export function reviewedCommits({ work }: SessionState, task: string): string[] {
  const commits = new Set<string>();
  for (const { request } of Object.values(work))
    if (request.type === "review.open" && request.task === task) commits.add(request.commit);
  return [...commits];
}

/** The branch that the task's agents work on; null while it has none. */
export function branchOf({ work }: SessionState, task: string): string | null {
  for (const { request, result } of Object.values(work))
    if (request.type === "workspace.open" && request.task === task && result?.type === "workspace.opened")
      return result.branch;
  return null;
}

/** The branch that it is to be merged into; null while that is not known. */
export function targetOf(state: SessionState): string | null {
  for (const { result } of Object.values(state.work))
    if (result?.type === "repository.inspected") return result.target;
  return null;
}

/** Where the objects of the task's commits are; null while that is not known. */
export function placeOf(state: SessionState): { host: string; repository: string } | null {
  const repository = repositoryOf(state);
  return repository === null ? null : { host: state.spec.host, repository };
}

/**
 * Whether a file is still as it was in an earlier candidate, by its tree. A candidate that is not among those that are known
 * says nothing.
 */
export function isUnchangedSince(path: string, tree: string, candidates: readonly Candidate[]): boolean {
  const seen = candidates.findLastIndex((candidate) => candidate.tree === tree);
  return seen !== -1 && candidates.slice(seen + 1).every(({ changedSince }) => !changedSince.includes(path));
}
