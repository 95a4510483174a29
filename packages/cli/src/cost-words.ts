/** How what was used is said to people: what nobody can price is never shown as an amount. */
import { type CostSums, dollars } from "@tutti/core";

/** `$1.20`, `$1.20 at list price + unknown (2 calls)`, `subscription ($0.40 at list price)`, `nothing used`. */
export function costInWords(sums: CostSums): string {
  const { calls, reportedUsd, listUsd, subscriptionUsd, subscriptionCalls, subscriptionUnknownCalls } = sums;
  if (calls === 0) return "nothing used";
  const parts: string[] = [];
  const metered = calls - subscriptionCalls - sums.unknownCalls;
  if (metered > 0)
    parts.push(
      `${dollars(reportedUsd + listUsd)}${listUsd > 0 && reportedUsd === 0 ? " at list price" : ""}`,
    );
  if (subscriptionCalls > 0)
    parts.push(
      subscriptionUnknownCalls < subscriptionCalls
        ? `subscription (${dollars(subscriptionUsd)} at list price)`
        : "subscription",
    );
  if (sums.unknownCalls > 0)
    parts.push(
      parts.length === 0
        ? "unknown"
        : `unknown (${sums.unknownCalls} ${sums.unknownCalls === 1 ? "call" : "calls"})`,
    );
  return parts.join(" + ");
}

/** What it is worth in US dollars, subscriptions at list price; null when a part has no price. */
export const worthOf = (sums: CostSums): number | null =>
  sums.unknownCalls > 0 || sums.subscriptionUnknownCalls > 0
    ? null
    : sums.reportedUsd + sums.listUsd + sums.subscriptionUsd;

/** The median of the known amounts; null when there is none. */
export function medianOf(amounts: readonly (number | null)[]): number | null {
  const known = amounts.filter((amount) => amount !== null).sort((a, b) => a - b);
  const upper = known[known.length >> 1];
  const lower = known[(known.length - 1) >> 1];
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2;
}

const units = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** The time that `7d`, `12h` or `2030-01-31` (UTC) means; undefined when the text means none. */
export function timeOf(text: string, now: number): Date | undefined {
  const span = /^(\d{1,5})([mhdw])$/.exec(text);
  if (span) return new Date(now - Number(span[1]) * units[span[2] as keyof typeof units]);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const day = new Date(`${text}T00:00:00Z`);
  return Number.isNaN(day.getTime()) ? undefined : day;
}
