/**
 * Who made the model that is served: the fact that the different-vendor rule stands on.
 *
 * A vendor is known from data or it is unknown. Unknown never counts as different.
 */
import { z } from "zod";

/** A vendor's short name, lower case: `anthropic`, `openai`, `google`, `meta`, … */
export const vendorSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "a vendor is a short lower-case name");
export type Vendor = z.infer<typeof vendorSchema>;

/** Model id patterns by vendor, tried in order on the id without its route prefix (`openrouter/`, `models/`, …). */
const families: readonly (readonly [RegExp, Vendor])[] = [
  [/^claude/, "anthropic"],
  [/^(gpt|chatgpt|o[1-9]|codex)([-.:\d]|$)/, "openai"],
  [/^(gemini|gemma)/, "google"],
  [/^(code)?llama/, "meta"],
  [/^(qwen|qwq)/, "alibaba"],
  [/^(mistral|mixtral|codestral|devstral|ministral|magistral)/, "mistral"],
  [/^deepseek/, "deepseek"],
  [/^grok/, "xai"],
  [/^kimi/, "moonshot"],
  [/^glm/, "zhipu"],
  [/^minimax/, "minimax"],
  [/^phi[-\d]/, "microsoft"],
  [/^granite/, "ibm"],
  [/^command/, "cohere"],
];

/** The vendor of a model by its id, or undefined when no family matches. */
export function vendorOfModel(model: string): Vendor | undefined {
  const id = model.toLowerCase().split("/").at(-1) ?? "";
  return families.find(([pattern]) => pattern.test(id))?.[1];
}

/** Whether two vendors are known and differ. Anything unknown counts as the same. */
export function vendorsDiffer(a: readonly (Vendor | null)[], b: readonly (Vendor | null)[]): boolean {
  if (a.length === 0 || b.length === 0) return false;
  return a.every((x) => x !== null && b.every((y) => y !== null && y !== x));
}
