import type { Row } from "../measurement.ts";
import { summarize } from "../statistics.ts";

/** A row whose target is about its median or its p95. */
export function timed(
  what: string,
  samples: readonly number[],
  limit?: { of: "median" | "p95"; ms: number },
): Row {
  const value = summarize(samples);
  if (!limit) return { what, unit: "ms", value };
  const text = limit.of === "p95" ? `p95 ≤ ${limit.ms} ms` : `≤ ${limit.ms} ms`;
  return { what, unit: "ms", value, target: { text, met: value[limit.of] <= limit.ms } };
}

/** A row of one figure. */
export function figure(what: string, value: number, unit: Row["unit"] = "", target?: Row["target"]): Row {
  return { what, unit, value: summarize([value]), ...(target && { target }) };
}

/** A row of what must not be. */
export const none = (what: string, count: number): Row =>
  figure(what, count, "", { text: "0", met: count === 0 });

/** How many of the frames came more than so long after the one before, in percent. */
export const late = (frames: readonly number[], ms: number): number =>
  (100 * frames.filter((interval) => interval > ms).length) / frames.length;
