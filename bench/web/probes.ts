/** Messages of an agent that carry a word each, and when a page has it. */
import { setTimeout as delay } from "node:timers/promises";
import type { BrowserContext, Page } from "playwright-core";
import type { Bench } from "../bench.ts";
import type { OpenTurn } from "./seed.ts";

/** When a page had a probe, in milliseconds since 1970. */
export interface Probe {
  /** When the page's script was given it. */
  arrived?: number;
  /** When the frame that shows it was drawn. */
  drawn?: number;
}

declare global {
  interface Window {
    benchProbes?: Record<string, Probe>;
  }
}

/** Lets the agent say so many messages, and waits until the last can have been drawn. Answers when each command went out. */
export async function sayProbes(
  bench: Bench,
  { host, session, turn }: OpenTurn,
  { events, everyMs }: { events: number; everyMs: number },
): Promise<Map<string, number>> {
  bench.say(`${events} events`);
  const sent = new Map<string, number>();
  for (let index = 0; index < events; index++) {
    bench.signal.throwIfAborted();
    const word = `probe-${index}`;
    sent.set(word, performance.timeOrigin + performance.now());
    const item = { kind: "message", id: word, text: `The tests of ${word} pass.` } as const;
    await host.send(session, { type: "item.add", turn, item });
    await delay(everyMs);
  }
  await delay(2_000);
  return sent;
}

/** Notes on the pages that are opened from now on when an event comes from the worker that they share. */
export async function noteArrivals(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const probes: Record<string, Probe> = {};
    window.benchProbes = probes;
    window.SharedWorker = class extends SharedWorker {
      constructor(url: string | URL, options?: string | WorkerOptions) {
        super(url, options);
        this.port.addEventListener("message", ({ data }) => {
          const word: unknown = data.message?.event?.event?.item?.id;
          if (typeof word === "string")
            probes[word] ??= { arrived: performance.timeOrigin + performance.now() };
        });
      }
    };
  });
}

/** Begins to note on a page that shows the session's timeline when a probe was drawn: the browser's own figure. */
export const noteDrawn = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const probes: Record<string, Probe> = window.benchProbes ?? {};
    window.benchProbes = probes;
    const timeline = document.querySelector(".timeline");
    if (!timeline) throw new Error("there is no timeline");
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { identifier, renderTime } = entry as PerformanceEntry & Record<string, unknown>;
        if (typeof identifier !== "string" || typeof renderTime !== "number") continue;
        probes[identifier] ??= {};
        probes[identifier].drawn ??= performance.timeOrigin + renderTime;
      }
    }).observe({ type: "element" });
    new MutationObserver(() => {
      // What has the attribute makes the browser tell when it was drawn.
      for (const paragraph of timeline.querySelectorAll(".prose > p:not([elementtiming])")) {
        const word = /probe-\d+\b/.exec(paragraph.textContent)?.[0];
        if (word !== undefined) paragraph.setAttribute("elementtiming", word);
      }
    }).observe(timeline, { subtree: true, childList: true, characterData: true });
  });

export const notedProbes = async (page: Page): Promise<Map<string, Probe>> =>
  new Map(Object.entries(await page.evaluate(() => window.benchProbes ?? {})));
