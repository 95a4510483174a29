import type { Policy, PushUpdate, Ruling } from "@tutti/core";
import { z } from "zod";
import { doubtful, shellReading } from "./shared/shell-call.ts";
import type { GitHarm } from "./shell/git-command.ts";
import { readGit } from "./shell/read-git.ts";
import type { Doubt } from "./shell/shell-command.ts";

/**
 * Asks before git loses work on this machine, rewrites what a remote has, or is told to behave otherwise from now on. Where
 * a push gate stands, pushes are left to it: it knows what really happens to the remote, and the text of a command does not.
 */
export const destructiveGit: Policy<Record<string, never>> = {
  name: "destructive-git",
  summary: "A person is asked before git loses work or rewrites what a remote has.",
  phases: ["tool-call", "push"],
  params: z.strictObject({}),
  evaluate(action, _params, _state, situation) {
    if (action.phase === "push") return pushed(action.push.updates, action.push.remote);
    if (action.phase !== "tool-call") return undefined;
    const reading = shellReading(action.call, situation);
    if (!reading) return undefined;
    const harms: GitHarm[] = [];
    const doubts: Doubt[] = [...reading.doubts];
    for (const command of reading.commands) {
      const git = readGit(command);
      if (!git || (git.push && situation.pushGate)) continue;
      harms.push(...git.harms);
      doubts.push(...git.doubts);
    }
    const [first] = harms;
    if (!first) return doubts.length > 0 ? { effect: "ask", reason: doubtful(doubts) } : undefined;
    const alternative = harms.find((one) => one.alternative !== undefined)?.alternative;
    return {
      effect: "ask",
      reason: [...new Set(harms.map(({ says }) => says))].slice(0, 3).join(" "),
      weight: harms.some(({ weight }) => weight === "irreversible") ? "irreversible" : first.weight,
      ...(alternative !== undefined && { alternative }),
    };
  },
};

function pushed(updates: readonly PushUpdate[], remote: string): Ruling | undefined {
  const says = updates.flatMap(({ ref, kind, removed }) => {
    const name = ref.replace(/^refs\/(heads|tags)\//, "");
    if (kind === "delete") return [`It deletes ${name} on ${remote}.`];
    if (kind !== "forced") return [];
    const lost = removed.count === 1 ? "1 commit" : `${removed.count} commits`;
    return [`It overwrites ${name} on ${remote}, which loses ${lost}.`];
  });
  if (says.length === 0) return undefined;
  const more = says.length > 5 ? [`So it goes for ${says.length - 5} more refs.`] : [];
  return { effect: "ask", reason: [...says.slice(0, 5), ...more].join(" "), weight: "irreversible" };
}
