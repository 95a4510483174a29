/** Tokens and money: what a turn used, per model, and who says what it cost. */
import { z } from "zod";
import { vendorSchema } from "./vendor.ts";

const count = z.int().min(0);

/** Who says what something cost. */
export const costSourceSchema = z.enum(["reported", "list", "subscription", "unknown"]);
export type CostSource = z.infer<typeof costSourceSchema>;

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
  /**
   * `reported` by the harness itself, computed from the `list` price, worth that much on a flat `subscription` that is not
   * metered, or `unknown`.
   */
  costSource: costSourceSchema,
});
export type Usage = z.infer<typeof usageSchema>;

/** Usage bound to who made the model; null when that is unknown. */
export const servedUsageSchema = usageSchema.extend({ vendor: vendorSchema.nullable() });
export type ServedUsage = z.infer<typeof servedUsageSchema>;

/** The sum over models. `costUsd` is null when any part is unknown; the weakest source labels the whole. */
export interface Cost {
  costUsd: number | null;
  costSource: CostSource;
}

export function totalCost(entries: readonly Pick<Usage, "costUsd" | "costSource">[]): Cost {
  let costUsd: number | null = 0;
  let weakest = 0;
  for (const entry of entries) {
    costUsd = costUsd === null || entry.costUsd === null ? null : costUsd + entry.costUsd;
    weakest = Math.max(weakest, costSourceSchema.options.indexOf(entry.costSource));
  }
  const costSource = costSourceSchema.options[weakest] ?? "unknown";
  return entries.length === 0 ? { costUsd: 0, costSource: "reported" } : { costUsd, costSource };
}

/** `$0.12`; amounts below a cent keep what tells them from nothing. */
export function dollars(usd: number): string {
  if (usd <= 0 || usd >= 0.01) return `$${usd.toFixed(2)}`;
  return usd < 0.0001 ? "under $0.0001" : `$${usd.toFixed(4)}`;
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
