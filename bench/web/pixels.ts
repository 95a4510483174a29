import { setTimeout as delay } from "node:timers/promises";
import type { Page } from "playwright-core";
import type { Bench } from "../bench.ts";
import type { Measurement, Row } from "../measurement.ts";
import { summarize } from "../statistics.ts";
import { browserFor, openPage, siteOf } from "./browser.ts";

const tabs = 20;

/** From an agent's word on its machine until it is seen: by one page, and by every one of many tabs. */
export const pixels: Measurement = {
  name: "pixels",
  title: "From an event on the agent's machine to the frame that shows it",
  async measure(bench) {
    const one = await toPixels(bench, { tabs: 1, events: 100, everyMs: 100 });
    const many = await toPixels(bench, { tabs, events: 30, everyMs: 1_000 });
    const soon = (what: string, samples: readonly number[]): Row => {
      const value = summarize(samples);
      return { what, unit: "ms", value, target: { text: "p95 ≤ 100 ms", met: value.p95 <= 100 } };
    };
    return [
      soon("in one tab", one.front),
      soon(`in the front one of ${tabs} tabs of one browser`, many.front),
      // Without a window they draw, too, with what the front one leaves of the machine.
      { what: "in those behind it", unit: "ms", value: summarize(many.behind) },
      {
        what: `events that one of ${tabs} tabs did not show`,
        unit: "",
        value: summarize([many.missing]),
        target: { text: "0", met: many.missing === 0 },
      },
    ];
  },
};

async function toPixels(
  bench: Bench,
  { tabs, events, everyMs }: { tabs: number; events: number; everyMs: number },
): Promise<{ front: number[]; behind: number[]; missing: number }> {
  const tutti = await bench.tutti();
  const host = await tutti.join(`bench-pixels-${tabs}`);
  const session = await tutti.create({
    title: "Watched",
    host: host.id,
    harness: { harness: "none" },
    workspace: bench.makeFolder("watched"),
  });
  const turn = "t1";
  await tutti.send(session, { type: "turn.start", turn, text: "Say something." });
  await using chromium = await browserFor();
  await using opened = await openPage(chromium.browser, await siteOf(tutti));
  const context = opened.page.context();
  const pages = [opened.page];
  while (pages.length < tabs) pages.push(await context.newPage());
  bench.say(`${tabs} at once`);
  for (const page of pages) {
    await page.goto(`/s/${session}`);
    await page.getByRole("region", { name: "Timeline" }).locator("li[data-index]").first().waitFor();
    await note(page);
  }
  await opened.page.bringToFront();
  const sent = new Map<string, number>();
  for (let index = 0; index < events; index++) {
    bench.signal.throwIfAborted();
    const word = `probe-${tabs}-${index}.`;
    sent.set(word, performance.timeOrigin + performance.now());
    const item = { kind: "message", id: word, text: `This is ${word}` } as const;
    await host.send(session, { type: "item.add", turn, item });
    await delay(everyMs);
  }
  await delay(1_000);
  await host.send(session, { type: "turn.end", turn, status: "completed" });
  const seen = await Promise.all(pages.map((page) => page.evaluate(() => window.benchSeen ?? {})));
  const [front = [], ...behind] = seen.map((times) =>
    [...sent].map(([word, at]) => {
      const then = times[word];
      return then === undefined ? undefined : then - at;
    }),
  );
  const shown = (times: readonly (number | undefined)[]) => times.filter((ms) => ms !== undefined);
  const all = [front, ...behind].flat();
  return {
    front: shown(front),
    behind: shown(behind.flat()),
    missing: all.length - shown(all).length,
  };
}

declare global {
  interface Window {
    /** When a probe was on the screen, in milliseconds since 1970. */
    benchSeen?: Record<string, number>;
  }
}

/** Notes when the frame was drawn that shows a probe. */
const note = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const seen: Record<string, number> = {};
    window.benchSeen = seen;
    const timeline = document.querySelector(".timeline");
    if (!timeline) throw new Error("there is no timeline");
    new MutationObserver(() => {
      for (const [word] of timeline.textContent.matchAll(/probe-\d+-\d+\./g)) {
        if (word in seen) continue;
        seen[word] = Number.NaN;
        // After the next frame's own work it is painted.
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => {
            seen[word] = performance.timeOrigin + performance.now();
          };
          port2.postMessage(undefined);
        });
      }
    }).observe(timeline, { subtree: true, childList: true, characterData: true });
  });
