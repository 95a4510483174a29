/** What a page's frames and tasks are like while something goes on, as the page itself measures them. */
import type { Page } from "playwright-core";

export interface Watched {
  /** Milliseconds between a frame's beginning and the next one's. */
  frames: number[];
  /** Tasks of more than 50 ms, in milliseconds. */
  longTasks: number[];
  /** Frames that took more than 50 ms from their first task until they were drawn, in milliseconds. */
  longFrames: number[];
  /** Milliseconds. */
  lasted: number;
}

declare global {
  interface Window {
    benchWatch?: { stop(): Watched };
  }
}

/** Begins to watch; the answer ends it. */
export async function watchPage(page: Page): Promise<() => Promise<Watched>> {
  await page.evaluate(() => {
    const frames: number[] = [];
    const kept = { longtask: [] as number[], "long-animation-frame": [] as number[] };
    const keep = (entries: PerformanceEntryList) => {
      for (const { entryType, duration } of entries) kept[entryType as keyof typeof kept].push(duration);
    };
    const observer = new PerformanceObserver((list) => keep(list.getEntries()));
    observer.observe({ entryTypes: Object.keys(kept) });
    const begin = performance.now();
    let last: number | undefined;
    let going = true;
    const frame = (now: number) => {
      if (last !== undefined) frames.push(now - last);
      last = now;
      if (going) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    window.benchWatch = {
      stop() {
        going = false;
        keep(observer.takeRecords());
        observer.disconnect();
        const lasted = performance.now() - begin;
        return { frames, longTasks: kept.longtask, longFrames: kept["long-animation-frame"], lasted };
      },
    };
  });
  return () =>
    page.evaluate(() => {
      const watched = window.benchWatch?.stop();
      if (!watched) throw new Error("the page is another one by now");
      return watched;
    });
}
