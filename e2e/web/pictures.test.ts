/**
 * Screens look as their reference pictures do. `UPDATE_PICTURES=1 npx vitest run e2e/web/pictures.test.ts` makes the pictures
 * anew; `-t inbox` those of one screen. Letters differ a little between versions of the browser and its fonts, so a picture may
 * differ in a small share of its pixels.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import pixelmatch from "pixelmatch";
import { PNG } from "pngjs";
import { afterAll, expect, test } from "vitest";
import { looks } from "./browser.ts";
import { inBrowser } from "./in-browser.ts";
import { lookName, openStage, type Stage, screens } from "./screens.ts";

const folder = fileURLToPath(new URL("pictures", import.meta.url));
const updating = process.env.UPDATE_PICTURES === "1";
const kept = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".png")) : [];
/** The share of pixels that may differ. */
const tolerance = 0.005;

let aside: string | undefined;
let opening: Stage | undefined;
afterAll(() => opening?.close());

const pictures = screens.flatMap((screen) =>
  looks.map((look) => ({ screen, look, file: `${screen.name}-${lookName(look)}.png` })),
);

if (kept.length === 0 && !updating)
  test.skip("no reference picture is kept yet: UPDATE_PICTURES=1 makes them", () => {});
else
  for (const { screen, look, file } of pictures)
    inBrowser(`${screen.name}, ${look.device}, ${look.scheme}`, async ({ browser }) => {
      const reference = path.join(folder, file);
      if (!existsSync(reference) && !updating)
        expect.fail(`no reference picture ${reference}: UPDATE_PICTURES=1 with -t "${screen.name}" makes it`);
      opening ??= openStage(browser);
      const shown = await opening.show(screen, look);
      try {
        const picture = await shown.picture();
        expect(shown.complaints()).toEqual([]);
        if (updating) {
          mkdirSync(folder, { recursive: true });
          writeFileSync(reference, picture);
        } else compare(file, picture, readFileSync(reference));
      } finally {
        await shown.close();
      }
    });

test("every picture is of a screen", () => {
  const known = new Set(pictures.map(({ file }) => file));
  expect(kept.filter((file) => !known.has(file))).toEqual([]);
});

/** Leaves what was seen and where it differs in a temporary folder, and says where. */
function compare(file: string, seen: Buffer, reference: Buffer): void {
  const [actual, wanted] = [PNG.sync.read(seen), PNG.sync.read(reference)];
  const { width, height } = wanted;
  const difference = new PNG({ width, height });
  const isOfSize = actual.width === width && actual.height === height;
  const differing = isOfSize
    ? pixelmatch(wanted.data, actual.data, difference.data, width, height, { threshold: 0.15 })
    : width * height;
  if (differing <= width * height * tolerance) return;
  aside ??= mkdtempSync(path.join(tmpdir(), "tutti-pictures-"));
  writeFileSync(path.join(aside, file), seen);
  if (isOfSize)
    writeFileSync(path.join(aside, file.replace(".png", ".diff.png")), PNG.sync.write(difference));
  const share = isOfSize
    ? `${((100 * differing) / (width * height)).toFixed(2)} % of the pixels differ`
    : `it has ${actual.width}×${actual.height} pixels, not ${width}×${height}`;
  expect.fail(`${file}: ${share}. What was seen is in ${aside}`);
}
