/** What a person reads of sums of cost. Amounts paid by use and amounts on plans are never added. Pure. */
import { type CostRow, type CostSums, dollars, type MergedChange } from "@tutti/core";
import { counted } from "../design/words.ts";

/** What is paid by use; part of it is at list price. */
export const paidUsd = ({ reportedUsd, listUsd }: CostSums): number => reportedUsd + listUsd;

/** `$1.20`, `about $1.20` where a list price is in it, `price unknown` where nothing else is. */
export function paidWords(sums: CostSums): string {
  const { calls, subscriptionCalls, unknownCalls, listUsd } = sums;
  const known = calls - subscriptionCalls - unknownCalls;
  if (known <= 0 && unknownCalls > 0) return "price unknown";
  if (known <= 0) return "";
  return `${listUsd > 0 ? "about " : ""}${dollars(paidUsd(sums))}`;
}

/** `about $3.10`; nothing where no plan was used. */
export function planWords({
  subscriptionUsd,
  subscriptionCalls,
  subscriptionUnknownCalls,
}: CostSums): string {
  if (subscriptionCalls === 0) return "";
  if (subscriptionUnknownCalls === subscriptionCalls) return "price unknown";
  return `about ${dollars(subscriptionUsd)}`;
}

/** What is left out of the amounts; undefined when nothing is. */
export function unknownWords({ unknownCalls, subscriptionUnknownCalls }: CostSums): string | undefined {
  const all = unknownCalls + subscriptionUnknownCalls;
  return all === 0 ? undefined : `${counted(all, "call")} without a known price`;
}

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** `1.2M in, 3.1M from cache, 40K out`. */
export const tokenWords = ({ input, cacheRead, output }: CostSums): string =>
  `${compact.format(input)} in, ${compact.format(cacheRead)} from cache, ${compact.format(output)} out`;

export type SortBy = "name" | "paid" | "plan" | "calls";

export function sorted(rows: readonly CostRow[], by: SortBy, isUp: boolean): CostRow[] {
  const value = (row: CostRow): number | string => {
    if (by === "name") return (row.title ?? row.key ?? "").toLowerCase();
    if (by === "paid") return paidUsd(row);
    return by === "plan" ? row.subscriptionUsd : row.calls;
  };
  const order = rows.toSorted((a, b) => {
    const [x, y] = [value(a), value(b)];
    return typeof x === "string" || typeof y === "string" ? String(x).localeCompare(String(y)) : x - y;
  });
  return isUp ? order : order.toReversed();
}

/** The middle of what merged changes cost, all amounts of a change together, since it is compared with itself alone. */
export function medianOf(
  merged: readonly MergedChange[],
  amount: (change: CostSums) => number,
): number | undefined {
  const all = merged.map(amount).toSorted((a, b) => a - b);
  const middle = Math.floor(all.length / 2);
  if (all.length === 0) return undefined;
  const upper = all[middle] ?? 0;
  return all.length % 2 === 1 ? upper : ((all[middle - 1] ?? 0) + upper) / 2;
}

/** One entry for each day from the first to the last, also where nothing was used. */
export function everyDay(
  rows: readonly CostRow[],
  first: string,
  last: string,
): { day: string; paid: number; plan: number }[] {
  const known = new Map(rows.map((row) => [row.key, row]));
  const days: { day: string; paid: number; plan: number }[] = [];
  for (let at = Date.parse(first); at <= Date.parse(last); at += 86_400_000) {
    const day = new Date(at).toISOString().slice(0, 10);
    const row = known.get(day);
    days.push({ day, paid: row ? paidUsd(row) : 0, plan: row?.subscriptionUsd ?? 0 });
  }
  return days;
}
