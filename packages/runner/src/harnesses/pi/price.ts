import { calcPrice } from "@pydantic/genai-prices";
import type { Usage } from "@tutti/core";
import type { PiUsage } from "./wire.ts";

/**
 * What an answer cost. Pi computes its figure from a table of list prices, so that is what it is called; where its table
 * knows nothing (another model provider) the model's list price is looked up, if it has one.
 *
 * @param metered whether use is paid for: what a login's plan covers is not
 */
export function priceOf(
  model: string,
  usage: PiUsage,
  metered: boolean,
): Pick<Usage, "costUsd" | "costSource"> {
  const costUsd = usage.cost.total > 0 ? usage.cost.total : listPrice(model, usage);
  if (!metered) return { costUsd, costSource: "subscription" };
  return { costUsd, costSource: costUsd === null ? "unknown" : "list" };
}

function listPrice(model: string, usage: PiUsage): number | null {
  const price = calcPrice(
    {
      input_tokens: usage.input + usage.cacheRead + usage.cacheWrite,
      cache_read_tokens: usage.cacheRead,
      cache_write_tokens: usage.cacheWrite,
      output_tokens: usage.output,
    },
    model,
  );
  return price?.total_price ?? null;
}
