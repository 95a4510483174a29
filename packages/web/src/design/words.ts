/** Times, money and counts in the app's words. Pure. */
import { type CostSource, dollars } from "@tutti/core";

/** `4 min`, `1 h`, `3 days`: how long something took or is ago, in one unit. Milliseconds. */
export function age(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return `${Math.max(0, Math.floor(ms / 1_000))} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h`;
  return counted(Math.floor(hours / 24), "day");
}

/** `6 min 12 s`, `48 s`, `1 h 05 min`: a duration in two units. Milliseconds. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

// Made once: to make one takes longer than everything that is said with it on a screen.
const clockFormat = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", hour12: false });
const exactFormat = new Intl.DateTimeFormat([], { dateStyle: "medium", timeStyle: "medium" });
const countFormat = new Intl.NumberFormat("en");

/** `13:46`, in the person's zone. */
export const clock = (at: string): string => clockFormat.format(new Date(at));

/** The exact time, for a tooltip. */
export const exactTime = (at: string): string => exactFormat.format(new Date(at));

/** `$1.42`, `about $1.06` on a plan, `price unknown`. */
export function cost({ costUsd, costSource }: { costUsd: number | null; costSource: CostSource }): string {
  if (costUsd === null || costSource === "unknown") return "price unknown";
  return costSource === "subscription" ? `about ${dollars(costUsd)}` : dollars(costUsd);
}

/** `1 commit`, `2 commits`. */
export const counted = (n: number, noun: string): string =>
  `${countFormat.format(n)} ${noun}${n === 1 ? "" : "s"}`;

/** A commit as people write it. */
export const shortHash = (sha: string): string => sha.slice(0, 7);

/** A repository's name: the last part of its folder. */
export const repositoryName = (folder: string | null): string => folder?.split("/").at(-1) || "no repository";

/** A branch or tag without its folder of refs. */
export const shortRef = (ref: string): string => ref.replace(/^refs\/(heads|tags)\//, "");
