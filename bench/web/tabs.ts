import { setTimeout as delay } from "node:timers/promises";
import type { Browser } from "playwright-core";
import type { Measurement } from "../measurement.ts";
import { browserFor, openPage, openSession, siteOf } from "./browser.ts";
import { drawnProbes, noteProbes, sayProbe } from "./probes.ts";
import { figure, none, timed } from "./rows.ts";
import { openTurn } from "./seed.ts";

const tabs = 20;
const events = 30;
const everyMs = 1_003;

/** Many tabs of one browser, which opens six connections to a server at most: all of them draw, as none is hidden. */
export const manyTabs: Measurement = {
  name: "tabs",
  title: `${tabs} tabs of one browser on one session`,
  async measure(bench) {
    const tutti = await bench.tutti();
    const turn = await openTurn(tutti, bench, "tabs");
    await using chromium = await browserFor();
    await using opened = await openPage(chromium.browser, await siteOf(tutti));
    const context = opened.page.context();
    const pages = [opened.page];
    while (pages.length < tabs) pages.push(await context.newPage());
    const openings: number[] = [];
    for (const page of pages) {
      bench.signal.throwIfAborted();
      const begin = performance.now();
      await openSession(page, turn.session);
      openings.push(performance.now() - begin);
      await noteProbes(page);
    }
    const connected = await Promise.all(
      pages.map(async (page) => / connected/.test((await page.locator("footer").textContent()) ?? "")),
    );
    const streams = await sharedWorkers(chromium.browser);
    bench.say(`${events} events`);
    const sent = new Map<string, number>();
    for (let index = 0; index < events; index++) {
      bench.signal.throwIfAborted();
      const word = `probe-${index}`;
      sent.set(word, performance.timeOrigin + performance.now());
      await sayProbe(turn, word);
      await delay(everyMs);
    }
    await delay(2_000);
    const drawn = await Promise.all(pages.map(drawnProbes));
    await turn.end();
    const latencies = drawn.flatMap((times) =>
      [...sent].flatMap(([word, at]) => {
        const then = times.get(word);
        return then === undefined ? [] : [then - at];
      }),
    );
    const missing = tabs * events - latencies.length;
    const isAll = connected.every(Boolean);
    return [
      figure("connected", connected.filter(Boolean).length, "", { text: String(tabs), met: isAll }),
      figure("streams (shared workers)", streams, "", { text: "1", met: streams === 1 }),
      timed("a further tab opens", openings.slice(1)),
      timed("from the command to the frame of each tab", latencies, { of: "p95", ms: 250 }),
      none("events that a tab did not show", missing),
    ];
  },
};

async function sharedWorkers(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { targetInfos } = await session.send("Target.getTargets");
  await session.detach();
  return targetInfos.filter(({ type }) => type === "shared_worker").length;
}
