import type { Page } from "playwright-core";
import type { Bench } from "../bench.ts";
import type { Measurement, Row } from "../measurement.ts";
import { summarize } from "../statistics.ts";
import { browserFor, galleryFor, openPage, openSession } from "./browser.ts";
import { type Watched, watchPage } from "./page-watch.ts";
import { figure, late } from "./rows.ts";

const items = 50_000;
/** A session of so many items takes less than this, in frames of a screen each. */
const mostFrames = 6_000;

/**
 * Reading a long session: from its end back to its beginning, which fetches it page by page, then from top to bottom, as it
 * stands and with every turn's steps opened.
 */
export const scroll: Measurement = {
  name: "scroll",
  title: `Scrolling through a session of ${items} items, a screen each frame`,
  async measure(bench) {
    await using chromium = await browserFor();
    await using staged = await galleryFor({ items });
    await using opened = await openPage(chromium.browser, staged.gallery);
    const { page } = opened;
    await openSession(page, "long-timeline");
    bench.say("to its beginning");
    const up = await watched(page, () => toTop(page, bench));
    bench.say("to its end");
    const folded = await watched(page, () => toEnd(page));
    bench.say("every turn opened");
    await toTop(page, bench);
    const opening = await watched(page, () => toEnd(page, { openFolds: true }));
    await toTop(page, bench);
    bench.say("to its end");
    const whole = await watched(page, () => toEnd(page));
    const heap = await heapOf(page);
    return [
      ...rows("top to bottom, every turn opened", whole, true),
      ...rows("top to bottom, turns folded", folded, true),
      ...rows("bottom to top, fetching each page", up, false),
      ...rows("opening the turns one by one", opening, false),
      figure("heap afterwards, all of it loaded", heap, "MB", { text: "≤ 150 MB", met: heap <= 150 }),
    ];
  },
};

function rows(what: string, { frames, longTasks, longFrames }: Watched, isAimedAt: boolean): Row[] {
  const longest = (all: readonly number[]) => Math.max(0, ...all);
  const target = { text: "none over 50 ms", met: longTasks.length === 0 };
  return [
    { what: `${what}: between two frames`, unit: "ms", value: summarize(frames) },
    figure("  frames later than 34 ms", late(frames, 34), "%"),
    figure(
      `  long tasks (${longTasks.length}), the longest`,
      longest(longTasks),
      "ms",
      isAimedAt ? target : undefined,
    ),
    figure(`  long animation frames (${longFrames.length}), the longest`, longest(longFrames), "ms"),
  ];
}

async function watched(page: Page, work: () => Promise<void>): Promise<Watched> {
  const stop = await watchPage(page);
  await work();
  return stop();
}

/** Up by screens until the session's first words are there. */
async function toTop(page: Page, { signal }: Bench): Promise<void> {
  for (let look = 0; look < mostFrames; look += 50) {
    signal.throwIfAborted();
    const isThere = await page.evaluate(async () => {
      const list = document.querySelector(".timeline .scroll");
      if (!list) throw new Error("there is no timeline");
      for (let frame = 0; frame < 50; frame++) {
        list.scrollTop = Math.min(
          list.scrollTop,
          list.scrollTop > 40_000 ? list.scrollTop / 2 : list.scrollTop - list.clientHeight,
        );
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
      return list.scrollTop === 0 && /Go on with part 1:/.test(list.textContent);
    });
    if (isThere) return;
  }
  throw new Error("the beginning did not come");
}

/** Down by a screen each frame until the end; on the way, turns can be opened, one a frame. */
async function toEnd(page: Page, { openFolds = false } = {}): Promise<void> {
  const hasEnded = await page.evaluate(
    async ([openFolds, mostFrames]) => {
      const list = document.querySelector(".timeline .scroll");
      if (!list) throw new Error("there is no timeline");
      let atEnd = 0;
      for (let frame = 0; frame < mostFrames && atEnd < 10; frame++) {
        const folds = openFolds ? list.querySelectorAll<HTMLElement>('.fold[aria-expanded="false"]') : [];
        // A turn's steps are counted; other folds are thoughts.
        const fold = [...folds].find(({ textContent }) => /^\d/.test(textContent.trim()));
        if (fold) fold.click();
        else list.scrollTop += list.clientHeight;
        await new Promise((resolve) => requestAnimationFrame(resolve));
        const isEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 2;
        atEnd = isEnd && !fold ? atEnd + 1 : 0;
      }
      return atEnd >= 10;
    },
    [openFolds, mostFrames] as const,
  );
  if (!hasEnded) throw new Error("the end did not come");
}

/** What the page's scripts hold after a collection, in MB. */
async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  for (let round = 0; round < 3; round++) await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return usedSize / 1024 / 1024;
}
