/**
 * The harnesses that Tutti can work with, in the order in which they are offered.
 *
 * To add one: write a folder `<name>/` beside this file (`harness.ts` exports a `Harness`, whose contract is in core;
 * `translate.ts` is its pure translation), import it here, add it to the list, and make `conformance.test.ts` pass. Nothing
 * else in the product learns its name: what the rest needs to know stands in its descriptor.
 */
import type { Harness, ReadFile } from "@tutti/core";
import { claudeCode } from "./claude-code/harness.ts";
import { codex } from "./codex/harness.ts";
import { fake } from "./fake/harness.ts";
import { pi } from "./pi/harness.ts";

export const harnesses: readonly Harness[] = [claudeCode, codex, pi, fake];

/** What a repository's own settings of all harnesses need trust for. */
export async function settingsClaims(read: ReadFile): Promise<string[]> {
  const claims = await Promise.all(harnesses.map(async (harness) => (await harness.claims?.(read)) ?? []));
  return claims.flat();
}
