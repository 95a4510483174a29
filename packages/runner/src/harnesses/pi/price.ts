import { calcPrice } from "@pydantic/genai-prices";
import type { Usage } from "@tutti/core";
import type { PiUsage } from "./wire.ts";

/**
 * What an answer cost. Pi computes its figure from a table of list prices, so that is what it is called; where its table
 * knows nothing (another model provider) the model's list price is looked up, if it has one.
 */
export function priceOf(model: string, usage: PiUsage): Pick<Usage, "costUsd" | "costSource"> {
  if (usage.cost.total > 0) return { costUsd: usage.cost.total, costSource: "list" };
  const price = calcPrice(
    {
      input_tokens: usage.input + usage.cacheRead + usage.cacheWrite,
      cache_read_tokens: usage.cacheRead,
      cache_write_tokens: usage.cacheWrite,
      output_tokens: usage.output,
    },
    model,
  )?.total_price;
  return price === undefined
    ? { costUsd: null, costSource: "unknown" }
    : { costUsd: price, costSource: "list" };
}
