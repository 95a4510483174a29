import { calcPrice } from "@pydantic/genai-prices";
import type { Usage } from "@tutti/core";
import type { ModelUsage } from "./wire.ts";

/** Tokens, and what they cost at list price. */
export interface Counted {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
  readonly costUsd: number;
}

const fields = ["input", "cacheRead", "cacheWrite", "output", "costUsd"] as const;
/** Dollars that are noise of reckoning. */
const noise = 1e-6;

/** One call of a model, at list price; undefined where the list lacks the model: it is told with its round then. */
export function usageOfCall(
  model: string,
  tokens: Omit<Counted, "costUsd">,
  metered: boolean,
): Usage | undefined {
  const { input, cacheRead, cacheWrite, output } = tokens;
  if (input + cacheRead + cacheWrite + output === 0) return undefined;
  const figures = {
    input_tokens: input + cacheRead + cacheWrite,
    cache_read_tokens: cacheRead,
    cache_write_tokens: cacheWrite,
    output_tokens: output,
  };
  const price = calcPrice(figures, model, { providerId: "anthropic" });
  if (!price) return undefined;
  const costSource = metered ? "list" : "subscription";
  return { model, input, cacheRead, cacheWrite, output, costUsd: price.total_price, costSource };
}

/**
 * What a round used beside the calls that were told one by one: those of sub-agents, what the list price falls short of.
 * With the calls it adds up to what the program reports, or to more where the calls alone were dearer.
 */
export function restOfRound(
  round: Readonly<Record<string, ModelUsage>>,
  told: Readonly<Record<string, Counted>>,
  metered: boolean,
): Usage[] {
  const open = new Map(Object.entries(told));
  const entries = Object.entries(round).map(([key, entry]) => {
    const model = key.replace(/\[[^\]]*\]$/, "");
    return { model, entry, left: countedOf(entry) };
  });
  // The program names a model as it was asked for, a call as it was served: `…-4-5` and `…-4-5-20250929`.
  for (const one of entries)
    for (const [served, counted] of open)
      if (nameOf(served) === nameOf(one.model)) {
        one.left = without(one.left, counted).left;
        open.delete(served);
      }
  // What fits no name is taken from whatever is there, so that nothing counts twice.
  for (const counted of open.values()) {
    let more = counted;
    for (const one of entries) {
      const taken = without(one.left, more);
      one.left = taken.left;
      more = taken.over;
    }
  }
  return entries.flatMap(({ model, entry, left }): Usage[] => {
    const priced = entry.costBasis !== "unknown";
    const { costUsd, ...tokens } = left;
    const any = tokens.input + tokens.cacheRead + tokens.cacheWrite + tokens.output > 0;
    if (!any && !(priced && costUsd > noise)) return [];
    const source = priced ? "reported" : "unknown";
    return [
      { model, ...tokens, costUsd: priced ? costUsd : null, costSource: metered ? source : "subscription" },
    ];
  });
}

/** The sum of what was told of each model. */
export function addCounted(
  told: Readonly<Record<string, Counted>>,
  { model, costUsd, ...tokens }: Usage,
): Record<string, Counted> {
  const before = told[model] ?? { input: 0, cacheRead: 0, cacheWrite: 0, output: 0, costUsd: 0 };
  const more = { ...tokens, costUsd: costUsd ?? 0 };
  return { ...told, [model]: build((field) => before[field] + more[field]) };
}

const countedOf = (entry: ModelUsage): Counted => ({
  input: Math.round(entry.inputTokens),
  cacheRead: Math.round(entry.cacheReadInputTokens),
  cacheWrite: Math.round(entry.cacheCreationInputTokens),
  output: Math.round(entry.outputTokens),
  costUsd: entry.costUSD,
});

const without = (all: Counted, part: Counted): { left: Counted; over: Counted } => ({
  left: build((field) => Math.max(0, all[field] - part[field])),
  over: build((field) => Math.max(0, part[field] - all[field])),
});

function build(value: (field: (typeof fields)[number]) => number): Counted {
  const [input = 0, cacheRead = 0, cacheWrite = 0, output = 0, costUsd = 0] = fields.map(value);
  return { input, cacheRead, cacheWrite, output, costUsd };
}

const nameOf = (model: string): string => model.replace(/-\d{8}$/, "");
