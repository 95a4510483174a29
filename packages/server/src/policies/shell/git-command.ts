/** What a reading of a git call answers. */

import type { Weight } from "@tutti/core";
import type { Doubt } from "./shell-command.ts";

export interface GitRefspec {
  /** Null for a deletion. */
  source: string | null;
  /** Without `refs/heads/`; null when it is the branch that happens to be checked out, or a pattern. */
  branch: string | null;
  /** Written to `refs/tags/`, or after the word `tag`. */
  tag: boolean;
  /** It begins with a `+`. */
  forced: boolean;
}

export interface GitPush {
  /** A name or an address; undefined when it is git's own choice or not known. */
  remote: string | undefined;
  refspecs: readonly GitRefspec[];
  /** What the remote has may be overwritten. */
  force: boolean;
  /** Only as long as the remote has what the call expects. */
  leased: boolean;
  /** Refs of the remote are deleted. */
  deletes: boolean;
  mirror: boolean;
  all: boolean;
  tags: boolean;
  /** Branches that are updated or deleted, as far as they are known exactly. */
  branches: readonly string[];
  /** Whether `branches` is all there is: false when git or a setting chooses. */
  complete: boolean;
  dryRun: boolean;
}

/** What is lost or changed for good. */
export interface GitHarm {
  kind: "loses-work" | "moves-branch" | "rewrites-remote" | "rewrites-history" | "changes-settings";
  /** One sentence for a person. */
  says: string;
  weight: Weight;
  /** A safer way to the same end. */
  alternative?: string;
  /** Local branches that it moves or deletes. */
  branches?: readonly string[];
}

export interface GitCommand {
  /** Undefined when there is none, or it is computed. */
  verb: string | undefined;
  push: GitPush | undefined;
  harms: readonly GitHarm[];
  /** Hooks are passed by: `--no-verify`. */
  skipsHooks: boolean;
  doubts: readonly Doubt[];
}
