import type { Page } from "playwright-core";
import type { Measurement, Row } from "../measurement.ts";
import { summarize } from "../statistics.ts";
import { browserFor, galleryFor, openPage } from "./browser.ts";
import { watchFrames } from "./frames.ts";

const items = 50_000;
/** Turns of the wheel, of a screen's height each, one every few frames. */
const turns = 400;

/** Reading a long session from its end to its beginning and back. */
export const scroll: Measurement = {
  name: "scroll",
  title: `Scrolling a session of ${items} items`,
  async measure(bench) {
    await using chromium = await browserFor();
    await using staged = await galleryFor({ items });
    await using opened = await openPage(chromium.browser, staged.gallery);
    const { page } = opened;
    await page.goto("/s/long-timeline");
    const timeline = page.getByRole("region", { name: "Timeline" });
    await timeline.locator("li[data-index]").first().waitFor();
    await timeline.hover();
    const stop = await watchFrames(page);
    bench.say("to its beginning");
    await wheel(page, -800, bench.signal);
    await timeline.getByText("Go on with part 1:").waitFor({ timeout: 10_000 });
    bench.say("opened up, and back");
    for (const fold of await timeline.getByRole("button", { expanded: false }).all()) await fold.click();
    await wheel(page, 800, bench.signal);
    const { frames, longTasks } = await stop();
    const longest = Math.max(0, ...longTasks);
    const heap = await heapOf(page);
    return [
      { what: "between two frames", unit: "ms", value: summarize(frames) },
      {
        what: `long tasks (${longTasks.length}), the longest`,
        unit: "ms",
        value: summarize([longest]),
        target: { text: "none over 50 ms", met: longTasks.length === 0 },
      },
      single("heap afterwards", "MB", heap, { text: "≤ 150 MB", met: heap <= 150 }),
    ];
  },
};

const single = (what: string, unit: Row["unit"], value: number, target: Row["target"]): Row => ({
  ...{ what, unit, value: summarize([value]) },
  ...(target && { target }),
});

async function wheel(page: Page, by: number, signal: AbortSignal): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    signal.throwIfAborted();
    await page.mouse.wheel(0, by);
    await page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    );
  }
}

/** What the page's scripts hold after a collection, in MB. */
async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return usedSize / 1024 / 1024;
}
