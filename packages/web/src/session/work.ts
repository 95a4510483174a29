/** What a session works on: its branch, its folder, and what it changed. Pure. */
import type { Candidate, SessionState } from "@tutti/core";

export interface Work {
  branch: string | undefined;
  folder: string | undefined;
  target: string | undefined;
  candidate: Candidate | null;
}

export function workOf(root: SessionState, task: string | undefined): Work {
  let branch: string | undefined;
  let folder = root.spec.workspace;
  let target: string | undefined;
  for (const { request, result } of Object.values(root.work)) {
    if (result?.type === "repository.inspected") target = result.target;
    const isTask = "task" in request && request.task === task;
    if (isTask && result?.type === "workspace.opened") {
      branch = result.branch;
      folder = result.workspace;
    }
  }
  const candidate = task === undefined ? null : (root.tasks[task]?.candidate ?? null);
  return { branch, folder, target, candidate };
}

/** The task that a person most likely wants to see: the one that waits for them, else one that goes on, else the first. */
export function likelyTask(root: SessionState): string | undefined {
  const tasks = Object.values(root.tasks);
  const shown =
    tasks.find(({ phase, outcome }) => outcome === null && phase === "consenting") ??
    tasks.find(({ phase, outcome }) => outcome === null && phase !== "waiting") ??
    tasks[0];
  return shown?.spec.id;
}
