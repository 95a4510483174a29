/** The Web Content Accessibility Guidelines 2.2, levels A and AA, as far as a machine can tell. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults, RunOptions } from "axe-core";
import type { Page } from "playwright-core";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const options: RunOptions = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
  resultTypes: ["violations"],
};

/** The breaches on a page, each with where it is. */
export async function breaches(page: Page): Promise<string[]> {
  // Evaluated by the debugger, which the page's content security policy does not concern.
  await page.evaluate(source);
  const { violations } = await page.evaluate(
    (asked) =>
      (globalThis as unknown as { axe: { run(asked: RunOptions): Promise<AxeResults> } }).axe.run(asked),
    options,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.slice(0, 5).map(({ html, target }) => `${id}: ${target.join(" ")} ${html.slice(0, 160)}`),
  );
}
