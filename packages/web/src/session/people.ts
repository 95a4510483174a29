/** Who did what in a session's words. Pure. */
import type { SessionState } from "@tutti/core";
import { shortHash } from "../design/words.ts";
import type { TurnFacts } from "./timeline/block.ts";

/** What an agent is to a request, as the team says it. */
export function roleWord(state: SessionState): string | undefined {
  if (state.spec.role === "implementer") return "author";
  return state.spec.role === "reviewer" ? "reviewer" : undefined;
}

export const harnessOf = (state: SessionState | undefined): string | undefined =>
  state?.spec.harness?.harness;

/** What an agent did in a turn, after its name: `implemented it`, `is checking the fix`. */
export function doingWords({ doing, status }: TurnFacts): string {
  if (status === "failed") return "failed";
  if (status === "interrupted") return "was stopped";
  const [done, goesOn] = words[doing];
  if (status === "parked") return "waits for your answer";
  return status === null ? goesOn : done;
}

const words: Record<TurnFacts["doing"], readonly [done: string, goesOn: string]> = {
  implement: ["implemented it", "is implementing it"],
  fix: ["fixed it", "is fixing it"],
  review: ["reviewed it blind", "is reviewing it blind"],
  "check-fix": ["checked the fix", "is checking the fix"],
  answer: ["answered", "is working"],
  resume: ["went on after the answer", "goes on after the answer"],
  background: ["went on by itself", "goes on by itself"],
  work: ["worked on it", "is working on it"],
};

/** The commit that Tutti built of a turn, where there is one. */
export const builtCommit = ({ candidate }: TurnFacts): string | undefined =>
  candidate ? shortHash(candidate.commit) : undefined;

/** Added and removed lines of files. */
export function lineCounts(files: readonly { additions: number | null; deletions: number | null }[]): {
  additions: number;
  deletions: number;
} {
  let additions = 0;
  let deletions = 0;
  for (const file of files) {
    additions += file.additions ?? 0;
    deletions += file.deletions ?? 0;
  }
  return { additions, deletions };
}
