import { calcPrice } from "@pydantic/genai-prices";
import type { Usage } from "@tutti/core";
import type { Tokens } from "./wire.ts";

/**
 * What tokens of a model are, as usage, at the list price of OpenAI or of who else lists the model.
 *
 * @param metered whether use is paid for: a ChatGPT plan is not
 */
export function usageOf(model: string, tokens: Tokens, metered: boolean): Usage {
  const { cachedInputTokens: cacheRead, cacheWriteInputTokens: cacheWrite, outputTokens: output } = tokens;
  const input = Math.max(0, tokens.inputTokens - cacheRead - cacheWrite);
  const figures = {
    input_tokens: tokens.inputTokens,
    cache_read_tokens: cacheRead,
    cache_write_tokens: cacheWrite,
    output_tokens: output,
  };
  const price = calcPrice(figures, model, { providerId: "openai" }) ?? calcPrice(figures, model);
  return {
    model,
    input,
    cacheRead,
    cacheWrite,
    output,
    costUsd: price?.total_price ?? null,
    costSource: metered ? (price ? "list" : "unknown") : "subscription",
  };
}
