/** Reference pictures of screens, in `pictures/`. Letters differ a little between versions of the browser and its fonts. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import pixelmatch from "pixelmatch";
import { PNG } from "pngjs";

const folder = fileURLToPath(new URL("pictures", import.meta.url));
const updating = process.env.UPDATE_PICTURES === "1";
/** The share of pixels that may differ. */
const tolerance = 0.001;
let aside: string | undefined;

/** The files that are kept. */
export const keptPictures = (): string[] =>
  existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".png")) : [];

/**
 * How a picture differs from its reference, in words; undefined when it does not. What was seen, and where it differs, is left
 * in a temporary folder. With `UPDATE_PICTURES=1` it becomes the reference.
 */
export function differenceFrom(file: string, seen: Buffer): string | undefined {
  const reference = path.join(folder, file);
  if (updating) {
    mkdirSync(folder, { recursive: true });
    // Slower to make and half as large as the browser's own.
    writeFileSync(reference, PNG.sync.write(PNG.sync.read(seen), { colorType: 2, deflateLevel: 9 }));
    return undefined;
  }
  if (!existsSync(reference)) return `${file}: there is no reference picture; UPDATE_PICTURES=1 makes it`;
  const [actual, wanted] = [PNG.sync.read(seen), PNG.sync.read(readFileSync(reference))];
  const { width, height } = wanted;
  const isOfSize = actual.width === width && actual.height === height;
  const difference = isOfSize ? differenceOf(wanted, actual) : wanted;
  const differing = isOfSize ? marked(difference) : width * height;
  if (differing <= width * height * tolerance) return undefined;
  aside ??= mkdtempSync(path.join(tmpdir(), "tutti-pictures-"));
  writeFileSync(path.join(aside, file), seen);
  if (isOfSize)
    writeFileSync(path.join(aside, file.replace(".png", ".diff.png")), PNG.sync.write(difference));
  const share = isOfSize
    ? `${((100 * differing) / (width * height)).toFixed(2)} % of the pixels differ`
    : `it has ${actual.width}×${actual.height} pixels, not ${width}×${height}`;
  return `${file}: ${share}. What was seen is in ${aside}`;
}

/** What differs, as a picture that is empty elsewhere. What is scrolled to its end may stand a line higher or lower. */
function differenceOf(wanted: PNG, actual: PNG): PNG {
  const found = compared(wanted, actual, 0);
  for (const by of [-1, 1]) {
    if (marked(found) === 0) break;
    const { data } = compared(wanted, actual, by);
    for (let at = 3; at < data.length; at += 4) if (data[at] === 0) found.data[at] = 0;
  }
  return found;
}

/** The same with the actual picture moved down by some lines. */
function compared({ width, height, data }: PNG, actual: PNG, by: number): PNG {
  const moved = new PNG({ width, height });
  PNG.bitblt(actual, moved, 0, Math.max(0, -by), width, height - Math.abs(by), 0, Math.max(0, by));
  const difference = new PNG({ width, height });
  pixelmatch(data, moved.data, difference.data, width, height, { threshold: 0.15, diffMask: true });
  return difference;
}

function marked({ data }: PNG): number {
  let count = 0;
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 0) count += 1;
  return count;
}
