import type { Browser } from "playwright-core";
import type { Measurement } from "../measurement.ts";
import { browserFor, openPage, type Site, siteOf } from "./browser.ts";
import { timed } from "./rows.ts";
import { askQuestions, longSession } from "./seed.ts";

const rounds = 15;
const questions = 12;
const items = 5_000;

/** From asking for an address until its content is drawn and the page has nothing left to do. */
export const open: Measurement = {
  name: "open",
  title: "Cold open in a browser that has never been here, to interactive",
  async measure(bench) {
    const tutti = await bench.tutti();
    bench.say(`${questions} questions, a session of ${items} items`);
    await askQuestions(tutti, bench, questions);
    const session = await longSession(tutti, bench, items);
    await using chromium = await browserFor();
    const site = await siteOf(tutti);
    const inbox: Opened[] = [];
    const long: Opened[] = [];
    bench.say(`${rounds} openings of each`);
    // The first of each warms the server and the browser's own program.
    for (let round = 0; round <= rounds; round++) {
      bench.signal.throwIfAborted();
      const first = await coldOpen(chromium.browser, site, "/inbox", "[data-row]");
      const second = await coldOpen(chromium.browser, site, `/s/${session}`, ".timeline li[data-index]");
      if (round === 0) continue;
      inbox.push(first);
      long.push(second);
    }
    return [
      timed("the inbox", times(inbox, "interactive"), { of: "median", ms: 1_000 }),
      timed("  its first content drawn", times(inbox, "drawn")),
      timed(`a session of ${items} items`, times(long, "interactive"), { of: "median", ms: 1_500 }),
      timed("  its first content drawn", times(long, "drawn")),
    ];
  },
};

/** Milliseconds since the browser began to ask for the page. */
interface Opened {
  drawn: number;
  interactive: number;
}

const times = (all: readonly Opened[], moment: keyof Opened): number[] => all.map((one) => one[moment]);

async function coldOpen(browser: Browser, site: Site, path: string, selector: string): Promise<Opened> {
  await using opened = await openPage(browser, site, { serviceWorkers: "allow" });
  await opened.page.goto(path, { waitUntil: "commit" });
  return await opened.page.evaluate(
    async ([wanted, quietMs]) => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      const isShown = () =>
        document.querySelector(wanted)?.checkVisibility({ visibilityProperty: true }) === true;
      let lastLong = 0;
      new PerformanceObserver((list) => {
        for (const { startTime, duration } of list.getEntries()) lastLong = startTime + duration;
      }).observe({ type: "longtask", buffered: true });
      while (!isShown()) await frame();
      // With the next frame, the one that shows it is drawn.
      await frame();
      const drawn = performance.now();
      const idle = await new Promise<number>((resolve) =>
        requestIdleCallback(() => resolve(performance.now())),
      );
      // Idle it is when no long task follows for a while.
      while (performance.now() < Math.max(idle, lastLong) + quietMs) await frame();
      return { drawn, interactive: Math.max(idle, lastLong) };
    },
    [selector, quietMs] as const,
  );
}

/** As long as the main thread must have no long task for the page to count as at rest. */
const quietMs = 500;
