/**
 * Every screen, light and dark, on the desktop and on the phone: it looks as its reference pictures do, holds the accessibility
 * guidelines, and the page complains about nothing. `UPDATE_PICTURES=1 npx vitest run e2e/web/screens.test.ts` makes the
 * pictures anew; `-t inbox` those of one screen.
 */
import { afterAll, expect, test } from "vitest";
import { looks } from "./browser.ts";
import { breaches } from "./guidelines.ts";
import { inBrowser } from "./in-browser.ts";
import { differenceFrom, keptPictures } from "./reference-pictures.ts";
import { lookName, openStage, type Stage, screens } from "./screens.ts";

let opening: Stage | undefined;
afterAll(() => opening?.close());

for (const screen of screens)
  inBrowser(screen.name, async ({ browser }) => {
    opening ??= openStage(browser, { reusePages: true });
    const stage = opening;
    const seen = await Promise.all(
      looks.map(async (look) => {
        const shown = await stage.show(screen, look);
        try {
          const differs = differenceFrom(`${screen.name}-${lookName(look)}.png`, await shown.picture());
          const found = [...(differs === undefined ? [] : [differs]), ...(await breaches(shown.page))];
          return [...found, ...shown.complaints()].map((one) => `${lookName(look)}: ${one}`);
        } finally {
          await shown.close();
        }
      }),
    );
    expect(seen.flat()).toEqual([]);
  });

test("every picture is of a screen", () => {
  const known = new Set(screens.flatMap(({ name }) => looks.map((look) => `${name}-${lookName(look)}.png`)));
  expect(keptPictures().filter((file) => !known.has(file))).toEqual([]);
});
