import type { Failure } from "./scenario.ts";

/** Whether a failure has to happen now, at the place in a conversation that `key` names; asking counts as happening. */
export type FailureCount = (key: string, failure: Failure) => boolean;

const mostPlaces = 10_000;

/** The only memory of a rehearsal. The oldest places are forgotten first. */
export function failureCount(): FailureCount {
  const counts = new Map<string, number>();
  return (key, failure) => {
    const count = counts.get(key) ?? 0;
    if (count >= failure.times) return false;
    counts.set(key, count + 1);
    const oldest = counts.keys().next().value;
    if (counts.size > mostPlaces && oldest !== undefined) counts.delete(oldest);
    return true;
  };
}
