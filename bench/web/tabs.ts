import type { Browser } from "playwright-core";
import type { Measurement } from "../measurement.ts";
import { browserFor, openPage, openSession, siteOf } from "./browser.ts";
import { noteArrivals, noteDrawn, notedProbes, sayProbes } from "./probes.ts";
import { figure, none, timed } from "./rows.ts";
import { openTurn } from "./seed.ts";

const tabs = 20;
const events = 30;
const everyMs = 1_003;

/**
 * Many tabs of one browser, which opens six connections to a server at most. Without a window none of them is hidden: all
 * draw what comes, and none moves anything by itself.
 */
export const manyTabs: Measurement = {
  name: "tabs",
  title: `${tabs} tabs of one browser on one session`,
  async measure(bench) {
    const tutti = await bench.tutti();
    const turn = await openTurn(tutti, bench, "tabs");
    await using chromium = await browserFor();
    await using opened = await openPage(chromium.browser, await siteOf(tutti), { motion: "reduce" });
    await noteArrivals(opened.page.context());
    const pages = [opened.page];
    while (pages.length < tabs) pages.push(await opened.page.context().newPage());
    const openings: number[] = [];
    for (const page of pages) {
      bench.signal.throwIfAborted();
      const begin = performance.now();
      await openSession(page, turn.session);
      openings.push(performance.now() - begin);
      await noteDrawn(page);
    }
    const streams = await sharedWorkers(chromium.browser);
    const sent = await sayProbes(bench, turn, { events, everyMs });
    const states = await Promise.all(pages.map((page) => page.locator("footer").textContent()));
    const connected = states.filter((state) => state?.includes(", connected")).length;
    const noted = await Promise.all(pages.map(notedProbes));
    await turn.end();
    const arrived: number[] = [];
    const drawn: number[] = [];
    for (const probes of noted)
      for (const [word, at] of sent) {
        const probe = probes.get(word);
        if (probe?.arrived !== undefined) arrived.push(probe.arrived - at);
        if (probe?.drawn !== undefined) drawn.push(probe.drawn - at);
      }
    return [
      figure("connected", connected, "", { text: String(tabs), met: connected === tabs }),
      figure("streams, each a shared worker's", streams, "", { text: "1", met: streams === 1 }),
      timed("from the command until a tab has it", arrived, { of: "p95", ms: 250 }),
      timed("from the command until a tab has drawn it", drawn),
      none("events that a tab did not get", tabs * events - arrived.length),
      none("events that a tab did not draw", tabs * events - drawn.length),
      timed("one more tab opens", openings.slice(1)),
    ];
  },
};

async function sharedWorkers(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { targetInfos } = await session.send("Target.getTargets");
  await session.detach();
  return targetInfos.filter(({ type }) => type === "shared_worker").length;
}
