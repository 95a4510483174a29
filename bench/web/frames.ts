/** What a page's frames and tasks are like while something goes on. Runs in the page. */
import type { Page } from "playwright-core";

export interface Watched {
  /** Milliseconds between a frame and the next. */
  frames: number[];
  /** Tasks of more than 50 ms, in milliseconds. */
  longTasks: number[];
  /** Milliseconds. */
  lasted: number;
}

declare global {
  interface Window {
    benchWatch?: { stop(): Watched };
  }
}

/** Begins to watch; the answer ends it. */
export async function watchFrames(page: Page): Promise<() => Promise<Watched>> {
  await page.evaluate(() => {
    const frames: number[] = [];
    const longTasks: number[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longTasks.push(duration);
    });
    observer.observe({ entryTypes: ["longtask"] });
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
        for (const { duration } of observer.takeRecords()) longTasks.push(duration);
        observer.disconnect();
        return { frames, longTasks, lasted: performance.now() - begin };
      },
    };
  });
  return () => page.evaluate(() => window.benchWatch?.stop() ?? { frames: [], longTasks: [], lasted: 0 });
}
