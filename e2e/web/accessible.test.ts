/** Every screen holds the Web Content Accessibility Guidelines 2.2, levels A and AA, as far as a machine can tell. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults, RunOptions } from "axe-core";
import { afterAll, expect } from "vitest";
import { looks } from "./browser.ts";
import { inBrowser } from "./in-browser.ts";
import { openStage, type Stage, screens } from "./screens.ts";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const options: RunOptions = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
  resultTypes: ["violations"],
};

let opening: Stage | undefined;
afterAll(() => opening?.close());

for (const screen of screens)
  for (const look of looks)
    inBrowser(`${screen.name}, ${look.device}, ${look.scheme}`, async ({ browser }) => {
      opening ??= openStage(browser);
      const shown = await opening.show(screen, look);
      try {
        // Evaluated by the debugger, which the page's content security policy does not concern.
        await shown.page.evaluate(source);
        const { violations } = await shown.page.evaluate(
          (asked) =>
            (globalThis as unknown as { axe: { run(asked: RunOptions): Promise<AxeResults> } }).axe.run(
              asked,
            ),
          options,
        );
        expect(
          violations.map(({ id, help, nodes }) => ({
            rule: `${id}: ${help}`,
            at: nodes.slice(0, 5).map(({ html, target }) => `${target.join(" ")} ${html.slice(0, 160)}`),
          })),
        ).toEqual([]);
        expect(shown.complaints()).toEqual([]);
      } finally {
        await shown.close();
      }
    });
