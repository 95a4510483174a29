/**
 * Work on a machine: what an orchestration asks of the runner, and what the runner answers.
 *
 * Every request is idempotent: the same request again finds what the first one made and gives the same answer.
 * An outcome that a person should read about is a value of the result, never an exception.
 */
import { z } from "zod";
import { boundedTextSchema } from "./tool.ts";

const sha = z.string().regex(/^[0-9a-f]{40,64}$/, "a git object id");
const folder = z.string().min(1);
const task = z.string().min(1);

/** One of the project's own commands. */
export const checkSchema = z.strictObject({
  name: z.string().min(1),
  command: z.string().min(1),
  timeoutSeconds: z.int().min(1),
});
export type Check = z.infer<typeof checkSchema>;

/** What Tutti saw a check do, bound to the tree that it ran on. */
export const evidenceSchema = z.strictObject({
  name: z.string(),
  command: z.string(),
  /** Null when it was ended by a limit or a signal. */
  exitCode: z.int().nullable(),
  timedOut: z.boolean(),
  durationMs: z.number().min(0),
  output: boundedTextSchema,
  treeHash: sha,
  /** The files of the tree that the command itself changed; a change makes the evidence worthless. */
  changedFiles: z.array(z.string()).default([]),
  /** Whether the answer was kept from an earlier time on the same tree. */
  cached: z.boolean().default(false),
});
export type Evidence = z.infer<typeof evidenceSchema>;

export const passed = (evidence: Evidence): boolean =>
  evidence.exitCode === 0 && evidence.changedFiles.length === 0;

/** How a repository wants to be worked on: read from the base commit, never from a candidate. */
export const projectSchema = z.strictObject({
  checks: z.array(checkSchema),
  setup: z.array(z.string()),
  copy: z.array(z.string()),
  /** Paths in the repository that define the above: a candidate that changes them is flagged. */
  sources: z.array(z.string()),
  /** The repository's own policies (`.tutti/policies/`), as text: in force once they are trusted. */
  policies: z.array(z.strictObject({ file: z.string(), content: z.string() })).default([]),
  /** What the repository itself commands (from `.tutti/`): needs trust. Null when everything was detected. */
  trust: z.strictObject({ hash: z.string(), items: z.array(z.string()), given: z.boolean() }).nullable(),
});
export type Project = z.infer<typeof projectSchema>;

export const changedFileSchema = z.strictObject({
  path: z.string(),
  /** git's letter: A, M, D, R, T. */
  status: z.string(),
  additions: z.int().nullable(),
  deletions: z.int().nullable(),
});
export type ChangedFile = z.infer<typeof changedFileSchema>;

/** The change as Tutti built it: one commit on the base, one tree. */
export const candidateSchema = z.strictObject({
  commit: sha,
  tree: sha,
  base: sha,
  /** `git patch-id --stable` of base..commit. */
  patchId: z.string(),
  files: z.array(changedFileSchema),
  diff: boundedTextSchema,
  /** Changed paths that define checks or Tutti's own rules. */
  flagged: z.array(z.string()),
  /** Paths that differ from the previous candidate; empty for a first one. */
  changedSince: z.array(z.string()),
});
export type Candidate = z.infer<typeof candidateSchema>;

const request = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.strictObject({ type: z.literal(type), ...shape });

export const workRequestSchema = z.discriminatedUnion("type", [
  /** Looks at a repository: head, branch, what is uncommitted. `target` names the branch to merge into. */
  request("repository.inspect", { path: folder, target: z.string().optional() }),
  /** Reads how the project is set up and checked, at a commit. */
  request("project.read", {
    repository: folder,
    commit: sha,
    checkSeconds: z.int().min(1),
    /** What the repository commands beside its configuration, in a person's words: needs the same trust. */
    claims: z.array(z.string()).default([]),
  }),
  /** Remembers that a person trusts what a repository itself commands, by its hash. */
  request("project.trust", { repository: folder, hash: z.string() }),
  request("workspace.open", { task, repository: folder, base: sha }),
  request("workspace.set-up", {
    task,
    workspace: folder,
    repository: folder,
    commands: z.array(z.string()),
    copy: z.array(z.string()),
    timeoutSeconds: z.int().min(1),
  }),
  /** Builds the candidate from everything in the worktree. */
  request("candidate.take", {
    task,
    workspace: folder,
    repository: folder,
    base: sha,
    message: z.string().min(1),
    sources: z.array(z.string()),
    /** The candidate before this one, to tell what changed since. */
    previous: sha.nullable(),
  }),
  /** Puts the worktree at `commit`'s tree and runs the checks there. `keep` allows answers kept for the same tree. */
  request("check.run", {
    task,
    workspace: folder,
    commit: sha,
    tree: sha,
    checks: z.array(checkSchema),
    keep: z.boolean(),
  }),
  /** Makes a folder with two neutral commits and no link to the repository. */
  request("review.open", { task, repository: folder, base: sha, commit: sha, name: z.string().min(1) }),
  request("review.close", { task, folder }),
  request("candidate.rebase", {
    task,
    repository: folder,
    candidate: sha,
    base: sha,
    target: z.string(),
    sources: z.array(z.string()),
  }),
  /** Moves the target branch from `head` to `commit`, whose tree is `tree`; anything else is refused. */
  request("candidate.merge", {
    task,
    repository: folder,
    commit: sha,
    tree: sha,
    target: z.string(),
    head: sha,
  }),
  /** Removes the worktree and its branch, unless something uncommitted or unmerged would be lost. */
  request("workspace.close", { task, workspace: folder, repository: folder, merged: sha.nullable() }),
]);
export type WorkRequest = z.infer<typeof workRequestSchema>;

const stepSchema = z.strictObject({
  command: z.string(),
  exitCode: z.int().nullable(),
  timedOut: z.boolean(),
  durationMs: z.number().min(0),
  output: boundedTextSchema,
});
export type SetUpStep = z.infer<typeof stepSchema>;

const result = request;
export const workResultSchema = z.discriminatedUnion("type", [
  result("repository.inspected", {
    root: folder,
    /** The branch to merge into: the one asked for, else the one that is checked out. */
    target: z.string(),
    head: sha,
    tree: sha,
    /** Uncommitted paths in the user's checkout. */
    dirty: z.array(z.string()),
  }),
  result("project.found", { project: projectSchema }),
  result("project.trusted", {}),
  result("workspace.opened", { workspace: folder, branch: z.string() }),
  result("workspace.ready", { steps: z.array(stepSchema), copied: z.array(z.string()) }),
  result("candidate.taken", { candidate: candidateSchema }),
  result("candidate.empty", {}),
  result("candidate.refused", {
    reason: z.enum(["moved-head", "nested-repository"]),
    detail: z.string(),
    paths: z.array(z.string()),
  }),
  result("check.finished", { evidence: z.array(evidenceSchema) }),
  result("review.opened", { folder, diff: boundedTextSchema }),
  result("review.closed", {}),
  result("candidate.rebased", { candidate: candidateSchema, head: sha }),
  result("candidate.conflicted", { files: z.array(z.string()), head: sha }),
  result("candidate.merged", {
    commit: sha,
    checkout: z.enum(["updated", "untouched"]),
    notes: z.array(z.string()),
  }),
  result("target.moved", { head: sha }),
  result("target.dirty", { files: z.array(z.string()), detail: z.string() }),
  result("workspace.closed", {}),
  /** The worktree was kept because work would be lost. */
  result("workspace.kept", { workspace: folder, reason: z.string() }),
  /** The request could not be carried out; `message` says what to do. */
  result("work.failed", { kind: z.string(), message: z.string() }),
]);
export type WorkResult = z.infer<typeof workResultSchema>;
