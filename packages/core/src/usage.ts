/** Tokens and money: what a turn used, per model, and who says what it cost. */
import { z } from "zod";
import { vendorSchema } from "./vendor.ts";

const count = z.int().min(0);

/** What one model served in one turn. An increment: entries add up. */
export const usageSchema = z.strictObject({
  model: z.string().min(1),
  /** Tokens read that no cache held. */
  input: count,
  cacheRead: count,
  cacheWrite: count,
  /** Tokens written, reasoning included. */
  output: count,
  /** US dollars; null when nobody can say. */
  costUsd: z.number().min(0).nullable(),
  /** `reported` by the harness itself, computed from the `list` price, or `unknown`. */
  costSource: z.enum(["reported", "list", "unknown"]),
});
export type Usage = z.infer<typeof usageSchema>;

/** Usage bound to who made the model; null when that is unknown. */
export const servedUsageSchema = usageSchema.extend({ vendor: vendorSchema.nullable() });
export type ServedUsage = z.infer<typeof servedUsageSchema>;

/** The sum over models. `costUsd` is null when any part is unknown; the weakest source labels the whole. */
export interface Cost {
  costUsd: number | null;
  costSource: Usage["costSource"];
}

export function totalCost(entries: readonly Pick<Usage, "costUsd" | "costSource">[]): Cost {
  let costUsd: number | null = 0;
  let costSource: Usage["costSource"] = "reported";
  for (const entry of entries) {
    costUsd = costUsd === null || entry.costUsd === null ? null : costUsd + entry.costUsd;
    if (entry.costSource === "unknown" || costSource === "unknown") costSource = "unknown";
    else if (entry.costSource === "list") costSource = "list";
  }
  return entries.length === 0 ? { costUsd: 0, costSource: "reported" } : { costUsd, costSource };
}

/** Adds usage to a list that holds one entry per model. */
export function addUsage(entries: readonly ServedUsage[], more: ServedUsage): ServedUsage[] {
  const known = entries.find((entry) => entry.model === more.model && entry.vendor === more.vendor);
  if (!known) return [...entries, more];
  const sum: ServedUsage = {
    ...known,
    input: known.input + more.input,
    cacheRead: known.cacheRead + more.cacheRead,
    cacheWrite: known.cacheWrite + more.cacheWrite,
    output: known.output + more.output,
    ...totalCost([known, more]),
  };
  return entries.map((entry) => (entry === known ? sum : entry));
}
