import type { ReadFile, WorkRequest, WorkResult } from "@tutti/core";
import { takeCandidate } from "./candidate.ts";
import { runChecks } from "./checks.ts";
import { GitFault } from "./git.ts";
import type { HoldCommands } from "./held-commands.ts";
import { mergeCandidate } from "./merge.ts";
import { failed } from "./outcome.ts";
import { readProject, trustProject } from "./project.ts";
import { rebaseCandidate } from "./rebase.ts";
import { inspectRepository } from "./repository.ts";
import { makeReviewFolder, removeReviewFolder } from "./review-folder.ts";
import { setUpWorkspace } from "./setup.ts";
import { closeWorktree, openWorktree } from "./worktree.ts";

/** What a request does not say: whose work it is, and what it is done with. */
export interface WorkContext {
  /** Tutti's own folder on this machine. */
  stateFolder: string;
  /** The session whose log the request is on; with the task it names everything that is made. */
  session: string;
  /** Holds set-up commands and checks. */
  hold: HoldCommands;
  /** Unique to this piece of work: every process that it starts carries it, and a sweep of it ends them all. */
  marker: string;
  now: Date;
  /** What a repository's own settings of agent programs command, in a person's words: they need trust. */
  settingsClaims(read: ReadFile): Promise<string[]>;
  /** Abort: running commands are killed with their trees, and the answer is "work.failed", "interrupted". */
  signal?: AbortSignal;
}

/**
 * Carries out one piece of work on this machine and answers it. The front door of this folder.
 *
 * Called by the runner for every `work.requested` of its sessions, again after a crash: the same request finds what the first one made.
 * Never rejects: what git or the file system refuses becomes "work.failed".
 */
export async function doWork(request: WorkRequest, context: WorkContext): Promise<WorkResult> {
  try {
    return await answer(request, context);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    return failed(cause instanceof GitFault ? "git" : "fault", message);
  }
}

function answer(request: WorkRequest, context: WorkContext): Promise<WorkResult> {
  switch (request.type) {
    case "repository.inspect":
      return inspectRepository(request.path, request.target);
    case "project.read":
      return readProject({ ...request, ...context });
    case "project.trust":
      return trustProject({ ...request, ...context });
    case "workspace.open":
      return openWorktree({ ...request, ...context });
    case "workspace.set-up":
      return setUpWorkspace({ ...request, ...context });
    case "candidate.take":
      return takeCandidate({ ...request, ...context });
    case "check.run":
      return runChecks({ ...request, ...context });
    case "review.open":
      return makeReviewFolder({ ...request, ...context });
    case "review.close":
      return removeReviewFolder({ ...request, ...context });
    case "candidate.rebase":
      return rebaseCandidate({ ...request, ...context });
    case "candidate.merge":
      return mergeCandidate({ ...request, ...context });
    case "workspace.close":
      return closeWorktree({ ...request, ...context });
  }
}
