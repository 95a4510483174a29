import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Check, type Evidence, evidenceSchema } from "@tutti/core";
import { runCommand } from "../process/run-command.ts";
import { gitLine, storeAt } from "./git.ts";
import type { HeldCommands, HoldCommands } from "./held-commands.ts";
import { shortHash, type TaskName } from "./layout.ts";
import { failed, type Outcome } from "./outcome.ts";
import { placeWorktree, restoreWorktree } from "./place.ts";
import { refCommit, uncommitted } from "./repository.ts";
import type { Workspace } from "./snapshot.ts";
import { findWorkspace } from "./worktree.ts";

export interface RunChecks extends TaskName {
  workspace: string;
  commit: string;
  /** The tree that `commit` must have. */
  tree: string;
  checks: readonly Check[];
  /** Whether an answer kept from an earlier time on the same tree will do; answers are kept in any case. */
  keep: boolean;
  hold: HoldCommands;
  /** Carried by everything the checks start. */
  marker: string;
  now: Date;
  signal?: AbortSignal;
}

const OUTPUT_BYTES = 64 * 1024;

/**
 * Puts the worktree at `commit` and runs the checks there, one after the other, each on exactly that tree: what a check leaves
 * behind is dropped, and a tracked file that it changes is named in its evidence.
 * A red check, a hanging one and one that cannot be found are evidence; only an abort ends the work early.
 */
export async function runChecks(request: RunChecks): Promise<Outcome<"check.finished">> {
  const found = await findWorkspace(request);
  if (found.type === "work.failed") return found;
  const { workspace } = found;
  const store = storeAt(workspace.repository.commonDir);
  const { commit } = request;
  if ((await refCommit(store, commit)) === undefined)
    return failed("unknown-commit", `there is no commit ${commit}`);
  const tree = await gitLine(store, ["rev-parse", `${commit}^{tree}`]);
  if (tree !== request.tree)
    return failed("tree-mismatch", `${commit} has the tree ${tree}, not ${request.tree}`);

  const evidence: Evidence[] = [];
  let isPlaced = false;
  let held: ({ ok: true } & HeldCommands) | undefined;
  for (const check of request.checks) {
    const record = recordOf(workspace, tree, check);
    const kept = request.keep ? await readEvidence(record) : undefined;
    if (kept) {
      evidence.push({ ...kept, cached: true });
      continue;
    }
    if (!isPlaced) {
      const stuck = await placeWorktree(workspace, commit, request.now);
      if (stuck) return stuck;
      isPlaced = true;
    }
    if (!held) {
      const answer = await request.hold(workspace);
      if (!answer.ok) return failed("confinement", answer.why);
      held = answer;
    }
    const seen = await runCheck(request, workspace, check, tree, held);
    if (seen === undefined) {
      await held.release();
      await restoreWorktree(workspace, commit);
      return failed("interrupted", `the check was interrupted: ${check.command}`);
    }
    if (seen.changedFiles.length > 0) await restoreWorktree(workspace, commit);
    if (!seen.timedOut) await keepEvidence(record, seen);
    evidence.push(seen);
  }
  await held?.release();
  if (isPlaced) await restoreWorktree(workspace, commit);
  return { type: "check.finished", evidence };
}

/** undefined: interrupted. */
async function runCheck(
  { marker, signal }: RunChecks,
  { layout, place }: Workspace,
  { name, command, timeoutSeconds }: Check,
  tree: string,
  { env, confinement }: HeldCommands,
): Promise<Evidence | undefined> {
  const outcome = await runCommand({
    command,
    cwd: layout.worktree,
    env: { ...env, CI: "1" },
    ...(confinement && { confinement }),
    marker,
    timeoutMs: timeoutSeconds * 1_000,
    maxOutputBytes: OUTPUT_BYTES,
    ...(signal && { signal }),
  });
  if (outcome.aborted) return undefined;
  const { exitCode, timedOut, durationMs } = outcome;
  const output = { text: outcome.failure?.message ?? outcome.output, cut: outcome.cutBytes };
  const changedFiles = await uncommitted(place);
  return {
    name,
    command,
    exitCode,
    timedOut,
    durationMs,
    output,
    treeHash: tree,
    changedFiles,
    cached: false,
  };
}

function recordOf({ repository, layout }: Workspace, tree: string, { name, command }: Check): string {
  return join(
    layout.evidence,
    shortHash(repository.commonDir),
    `${shortHash(JSON.stringify([tree, name, command]))}.json`,
  );
}

async function readEvidence(path: string): Promise<Evidence | undefined> {
  try {
    const parsed = evidenceSchema.safeParse(JSON.parse(await readFile(path, "utf8")));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined; // none kept, or half written by a process that died
  }
}

async function keepEvidence(path: string, evidence: Evidence): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(`${path}.draft`, JSON.stringify(evidence));
  await rename(`${path}.draft`, path);
}
