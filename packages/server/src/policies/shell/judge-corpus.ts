/** Says what the policies about commands make of a line, in the corpus's own workspace. For tests and for the bench. */
import type { Situation, ToolCall } from "@tutti/core";
import { destructiveGit } from "../destructive-git.ts";
import { destructiveShell } from "../destructive-shell.ts";
import { protectedBranches } from "../protected-branches.ts";
import { corpus } from "./corpus.ts";

export const corpusSituation: Situation = {
  session: "s",
  role: null,
  workspace: "/state/work/task-1",
  home: "/home/ada",
  confined: false,
  pushGate: false,
  spending: null,
};

export interface Judgement {
  verdict: "allow" | "ask" | "deny";
  /** The policies that say so; empty for `allow`. */
  policies: readonly string[];
  /** Their sentences. */
  reason: string;
}

export function judge(line: string, situation: Situation = corpusSituation): Judgement {
  const call: ToolCall = { id: "c", kind: "shell", name: "Bash", input: {}, fingerprint: "f", command: line };
  const action = { phase: "tool-call", call } as const;
  const rulings = [
    { name: destructiveGit.name, ruling: destructiveGit.evaluate(action, {}, undefined, situation) },
    { name: destructiveShell.name, ruling: destructiveShell.evaluate(action, {}, undefined, situation) },
    {
      name: protectedBranches.name,
      ruling: protectedBranches.evaluate(action, protectedBranches.params.parse({}), undefined, situation),
    },
  ];
  for (const verdict of ["deny", "ask"] as const) {
    const found = rulings.flatMap(({ name, ruling }) =>
      ruling?.effect === verdict ? [{ name, reason: ruling.reason }] : [],
    );
    if (found.length > 0)
      return {
        verdict,
        policies: found.map(({ name }) => name),
        reason: [...new Set(found.map(({ reason }) => reason))].join(" "),
      };
  }
  return { verdict: "allow", policies: [], reason: "" };
}

/** Judges every line of the corpus once; answers how long each took by `now`, and how many are judged otherwise than they deserve. */
export function judgeCorpus(now: () => number): { times: number[]; mistakes: number } {
  let mistakes = 0;
  const times = corpus.map(({ line, verdict }) => {
    const begin = now();
    if (judge(line).verdict !== verdict) mistakes += 1;
    return now() - begin;
  });
  return { times, mistakes };
}
