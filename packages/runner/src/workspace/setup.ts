import { constants, copyFile, lstat, mkdir, readFile, realpath, writeFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import type { SetUpStep } from "@tutti/core";
import { runCommand } from "../process/run-command.ts";
import { checkoutAt, git, gitFields } from "./git.ts";
import type { HoldCommands } from "./held-commands.ts";
import type { TaskName } from "./layout.ts";
import { type Failed, failed, type Outcome } from "./outcome.ts";
import { restoreWorktree } from "./place.ts";
import { openRepository } from "./repository.ts";
import type { Workspace } from "./snapshot.ts";
import { findWorkspace } from "./worktree.ts";

export interface SetUpWorkspace extends TaskName {
  workspace: string;
  /** The user's checkout, from which `copy` is taken. */
  repository: string;
  commands: readonly string[];
  /** Globs of ignored files, from the repository's root. */
  copy: readonly string[];
  /** For each command. */
  timeoutSeconds: number;
  hold: HoldCommands;
  /** Carried by everything the commands start. */
  marker: string;
  signal?: AbortSignal;
}

const OUTPUT_BYTES = 32 * 1024;

/**
 * Makes a fresh worktree ready to work in: brings the ignored files that the project asks for, then runs its set-up, up to the
 * first command that fails. What set-up leaves in new folders stays out of the change, whether the project ignores them or not;
 * what it changes elsewhere is put back.
 */
export async function setUpWorkspace(request: SetUpWorkspace): Promise<Outcome<"workspace.ready">> {
  const found = await findWorkspace(request);
  if (found.type === "work.failed") return found;
  const { workspace } = found;
  const { layout, place } = workspace;
  const isFirst = (await readFile(layout.setUpRecord, "utf8").catch(() => "")) !== "done";
  await writeFile(layout.setUpRecord, isFirst ? "begun" : "done");

  const copied = await copyIgnored(workspace, request.repository, request.copy);
  if (!Array.isArray(copied)) return copied;
  const held = request.commands.length > 0 ? await request.hold(workspace) : undefined;
  if (held && !held.ok) return failed("confinement", held.why);
  const steps: SetUpStep[] = [];
  for (const command of request.commands) {
    const { signal, marker } = request;
    const outcome = await runCommand({
      command,
      cwd: layout.worktree,
      env: { ...held?.env, CI: "1" },
      ...(held?.confinement && { confinement: held.confinement }),
      marker,
      timeoutMs: request.timeoutSeconds * 1_000,
      maxOutputBytes: OUTPUT_BYTES,
      ...(signal && { signal }),
    });
    if (outcome.aborted) {
      await held?.release();
      return failed("interrupted", `set-up was interrupted in: ${command}`);
    }
    const { exitCode, timedOut, durationMs } = outcome;
    steps.push({
      command,
      exitCode,
      timedOut,
      durationMs,
      output: { text: outcome.output, cut: outcome.cutBytes },
    });
    if (exitCode !== 0) break;
  }
  await held?.release();
  if (isFirst) {
    await ignoreNewFolders(workspace);
    await restoreWorktree(workspace, await headOf(place));
    await writeFile(layout.setUpRecord, "done");
  }
  return { type: "workspace.ready", steps, copied };
}

async function headOf(place: Workspace["place"]): Promise<string> {
  return (await git(place, ["rev-parse", "HEAD"])).stdout.trim();
}

/** Untracked folders are marked as ignored from the inside, which touches neither the project's files nor the user's. */
async function ignoreNewFolders({ layout, place }: Workspace): Promise<void> {
  const untracked = await gitFields(place, [
    "ls-files",
    "--others",
    "--exclude-standard",
    "--directory",
    "--no-empty-directory",
    "-z",
  ]);
  for (const path of untracked.filter((path) => path.endsWith("/"))) {
    const ignore = join(layout.worktree, path, ".gitignore");
    await writeFile(ignore, "*\n", { flag: "wx" }).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== "EEXIST") throw cause;
    });
  }
}

/**
 * Copies untracked files of the user's checkout that match the globs. Never from outside the repository, never through a
 * symbolic link, never over a file that is there. A file that the worktree does not ignore is a refusal: it would become part of the change.
 */
async function copyIgnored(
  { layout, place }: Workspace,
  checkout: string,
  globs: readonly string[],
): Promise<string[] | Failed> {
  if (globs.length === 0) return [];
  const opened = await openRepository(checkout);
  if (opened.type === "work.failed") return opened;
  const { root, isBare } = opened.repository;
  if (isBare) return [];
  for (const glob of globs) {
    if (glob.startsWith("/") || glob.split("/").includes("..")) {
      return failed(
        "bad-copy",
        `copy: ${JSON.stringify(glob)} leads out of the repository; name files inside it`,
      );
    }
  }
  const specs = globs.map((glob) => `:(glob)${glob.replace(/^\.\//, "")}`);
  const paths = await gitFields(checkoutAt(root), ["ls-files", "--others", "-z", "--", ...specs]);
  const files: string[] = [];
  for (const path of paths) {
    if ((await lstat(join(root, path)).catch(() => undefined))?.isFile()) files.push(path);
  }
  if (files.length === 0) return [];
  const options = { input: `${files.join("\0")}\0`, accept: [0, 1] };
  const ignored = new Set((await git(place, ["check-ignore", "-z", "--stdin"], options)).stdout.split("\0"));
  const visible = files.filter((path) => !ignored.has(path));
  if (visible.length > 0) {
    return failed(
      "copy-not-ignored",
      `copy: ${visible.join(", ")} would become part of the change: add it to .gitignore`,
    );
  }
  const copied: string[] = [];
  for (const path of files) {
    const target = join(layout.worktree, path);
    await mkdir(dirname(target), { recursive: true });
    const folder = await realpath(dirname(target));
    if (folder !== layout.worktree && !folder.startsWith(layout.worktree + sep)) {
      return failed(
        "bad-copy",
        `copy: ${path} would be written outside the worktree, through a symbolic link`,
      );
    }
    await copyFile(join(root, path), target, constants.COPYFILE_EXCL).catch(
      (cause: NodeJS.ErrnoException) => {
        if (cause.code !== "EEXIST") throw cause;
      },
    );
    copied.push(path);
  }
  return copied;
}
