import type { Policy, PushUpdate, Ruling } from "@tutti/core";
import { z } from "zod";
import { matchesAny } from "./shared/branch-glob.ts";
import { doubtful, shellReading } from "./shared/shell-call.ts";
import type { GitCommand, GitPush } from "./shell/git-command.ts";
import { readGit } from "./shell/read-git.ts";
import type { Doubt } from "./shell/shell-command.ts";

const paramsSchema = z.strictObject({
  branches: z
    .array(z.string().min(1))
    .default(["main", "master", "release/*", "production"])
    .describe("Globs for names of branches; `*` stands for anything but a slash."),
  fastForwards: z.boolean().default(false).describe("Whether pushes that only add commits are let through."),
});
type Params = z.infer<typeof paramsSchema>;

/**
 * Asks before a protected branch changes on a remote, and before it is deleted or moved by force on this machine. Where a
 * push gate stands, the push itself is judged, and not the text of the command.
 */
export const protectedBranches: Policy<Params> = {
  name: "protected-branches",
  summary: "A person is asked before a protected branch is changed.",
  phases: ["tool-call", "push"],
  params: paramsSchema,
  evaluate(action, params, _state, situation) {
    if (action.phase === "push") return pushed(action.push.updates, action.push.remote, params);
    if (action.phase !== "tool-call") return undefined;
    const reading = shellReading(action.call, situation);
    if (!reading) return undefined;
    const doubts: Doubt[] = [...reading.doubts];
    for (const command of reading.commands) {
      const git = readGit(command);
      if (!git || (git.push && situation.pushGate)) continue;
      const says = git.push ? pushes(git.push, params) : moves(git, params);
      if (says !== undefined) return { effect: "ask", reason: says, weight: "irreversible" };
      doubts.push(...git.doubts);
    }
    return doubts.length > 0 ? { effect: "ask", reason: doubtful(doubts) } : undefined;
  },
};

function moves(git: GitCommand, { branches }: Params): string | undefined {
  return git.harms.find((harm) => harm.branches?.some((branch) => matchesAny(branch, branches)))?.says;
}

function pushes(push: GitPush, { branches, fastForwards }: Params): string | undefined {
  if (push.dryRun) return undefined;
  const where = push.remote ?? "the remote";
  if (push.mirror) return `It makes ${where} a copy of this repository, protected branches included.`;
  const gentle = !push.force && !push.deletes;
  if (gentle && fastForwards) return undefined;
  if (
    push.all ||
    push.refspecs.some(
      ({ source, branch, tag }) => source !== null && branch === null && !tag && isWide(push),
    )
  )
    return `It pushes all branches to ${where}, protected ones included.`;
  const hit = push.refspecs.find(({ branch }) => branch !== null && matchesAny(branch, branches));
  if (hit?.branch) {
    if (hit.source === null) return `It deletes the protected branch ${hit.branch} on ${where}.`;
    return push.force
      ? `It overwrites the protected branch ${hit.branch} on ${where}.`
      : `It pushes to the protected branch ${hit.branch} on ${where}.`;
  }
  if (!push.complete && !gentle)
    return `It changes branches on ${where} by force, and a protected one may be among them.`;
  return undefined;
}

/** A pattern or a lone `:` stands for many branches; `HEAD` for the one that is checked out. */
const isWide = ({ refspecs }: GitPush): boolean =>
  refspecs.some(({ source }) => source === "" || source?.includes("*"));

function pushed(
  updates: readonly PushUpdate[],
  remote: string,
  { branches, fastForwards }: Params,
): Ruling | undefined {
  const says: string[] = [];
  let irreversible = false;
  for (const { ref, kind, old, new: to, removed } of updates) {
    const branch = /^refs\/heads\/(.+)$/.exec(ref)?.[1];
    if (branch === undefined || old === to || !matchesAny(branch, branches)) continue;
    if (kind === "delete") says.push(`It deletes the protected branch ${branch} on ${remote}.`);
    else if (kind === "forced")
      says.push(
        `It overwrites the protected branch ${branch} on ${remote}, which loses ${removed.count} commits.`,
      );
    else if (!fastForwards) says.push(`It pushes to the protected branch ${branch} on ${remote}.`);
    irreversible ||= kind === "delete" || kind === "forced";
  }
  if (says.length === 0) return undefined;
  return {
    effect: "ask",
    reason: says.slice(0, 5).join(" "),
    weight: irreversible ? "irreversible" : "leaves-machine",
  };
}
