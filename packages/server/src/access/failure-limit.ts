/** Counts failures by who caused them, in bounded memory. */
export interface FailureLimit {
  /** How many milliseconds it takes until `who` may try again; 0 when it may now. */
  wait(who: string): number;
  failed(who: string): void;
}

/** So many failures may come at once, and one more in each interval. */
const burst = 20;
const intervalMs = 3_000;
/** Of more callers than this, the one that failed the longest time ago is forgotten. */
const mostCallers = 1_000;

export function openFailureLimit(now: () => Date): FailureLimit {
  /** Until when the failures of a caller count, as if they had come one each interval; the latest to fail at the end. */
  const until = new Map<string, number>();
  return {
    wait(who) {
      const left = (until.get(who) ?? 0) - now().getTime() - (burst - 1) * intervalMs;
      return Math.max(0, left);
    },
    failed(who) {
      const present = now().getTime();
      const before = Math.max(until.get(who) ?? 0, present);
      until.delete(who);
      until.set(who, before + intervalMs);
      const [oldest] = until.keys();
      if (until.size > mostCallers && oldest !== undefined) until.delete(oldest);
    },
  };
}
