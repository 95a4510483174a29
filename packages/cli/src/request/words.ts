/** How a request's facts are said to people: one way, wherever they are shown. */
import { type Cost, dollars, type Evidence, type Outcome, type Phase } from "@tutti/core";

/** A harness as people know it. */
export interface HarnessWords {
  title: string;
  mark: string;
}
export type HarnessTitles = (harness: string) => HarnessWords;

export const phaseWords = {
  waiting: "waits for a free place",
  preparing: "preparing",
  implementing: "implementing",
  checking: "checking",
  reviewing: "reviewing",
  fixing: "fixing",
  rebasing: "rebasing",
  consenting: "waits for your consent",
  merging: "merging",
} as const satisfies Record<Phase, string>;

export const outcomeWords = {
  merged: "merged",
  declined: "declined",
  empty: "nothing was changed",
  "same-vendor": "no reviewer of another vendor",
  "no-implementer": "nobody could implement it",
  "no-review": "nobody handed in a review",
  conflict: "conflict with the target",
  "moved-head": "the branch was left in another state",
  "nested-repository": "the change holds a repository of its own",
  dirty: "uncommitted work is in the way",
  "checks-failed": "checks failed",
  untrusted: "the repository's commands were not trusted",
  interrupted: "interrupted",
  failed: "failed",
} as const satisfies Record<Outcome, string>;

/** `0:07`, `12:30`, `1:02:03` */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/** `$0.12`, with a word on where the figure comes from when it is not the harness's own; `cost unknown` when nobody can say. */
export function money({ costUsd, costSource }: Cost): string {
  if (costUsd === null) return costSource === "subscription" ? "subscription, not metered" : "cost unknown";
  const amount = dollars(costUsd);
  if (costSource === "list") return `${amount} at list price`;
  return costSource === "subscription" ? `subscription (${amount} at list price)` : amount;
}

/** How a check ended, in words. */
export function ending({ exitCode, timedOut, changedFiles }: Evidence): string {
  if (timedOut) return "time limit";
  if (exitCode === null) return "could not be run";
  if (exitCode !== 0) return `exit ${exitCode}`;
  return changedFiles.length > 0 ? "changed files" : "pass";
}

export const short = (sha: string): string => sha.slice(0, 7);

/** ` and 2 others like it` */
export const andOthers = (count: number): string =>
  count === 0 ? "" : ` and ${count} other${count === 1 ? "" : "s"} like it`;

export const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;

/** What a call is about, with paths below the session's folder as they are seen from there. */
export function below(workspace: string | undefined, text: string): string {
  return workspace ? text.replaceAll(`${workspace}/`, "") : text;
}
