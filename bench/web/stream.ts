import { setTimeout as delay } from "node:timers/promises";
import type { Measurement } from "../measurement.ts";
import { summarize } from "../statistics.ts";
import { browserFor, galleryFor, openPage } from "./browser.ts";
import { watchFrames } from "./frames.ts";

const perSecond = 100;
const seconds = 10;
/** A frame that comes later has left one out, in milliseconds. */
const lateMs = 25;

/** An agent that writes while somebody watches. */
export const stream: Measurement = {
  name: "stream",
  title: `Streaming: ${perSecond} pieces of text a second`,
  async measure(bench) {
    await using chromium = await browserFor();
    await using staged = await galleryFor({});
    const { gallery } = staged;
    await using opened = await openPage(chromium.browser, gallery);
    const { page } = opened;
    await page.goto("/s/split-the-api-client");
    await page.getByRole("region", { name: "Timeline" }).locator("li[data-index]").first().waitFor();
    const calm = gallery.deltas(perSecond);
    await delay(1_000);
    const stop = await watchFrames(page);
    bench.say(`${seconds} s of text`);
    await delay(seconds * 1_000, undefined, { signal: bench.signal });
    const { frames, longTasks, lasted } = await stop();
    calm();
    const rate = (frames.length * 1_000) / lasted;
    const late = frames.filter((ms) => ms > lateMs).length;
    return [
      {
        what: "frames a second",
        unit: "",
        value: summarize([rate]),
        target: { text: "60", met: rate >= 59 },
      },
      { what: "between two frames", unit: "ms", value: summarize(frames) },
      {
        what: `frames of ${frames.length} that came later than ${lateMs} ms`,
        unit: "",
        value: summarize([late]),
      },
      { what: "long tasks", unit: "", value: summarize([longTasks.length]) },
    ];
  },
};
