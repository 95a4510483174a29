/** Messages of an agent that carry a word each, and when a page has it. */
import { setTimeout as delay } from "node:timers/promises";
import type { Page } from "playwright-core";
import type { Bench } from "../bench.ts";
import type { OpenTurn } from "./seed.ts";

/** In milliseconds since 1970. */
export interface Probe {
  /** When the page's document held it. */
  arrived: number;
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

/** Begins to note on a page that shows the session's timeline. When a word was drawn is the browser's own figure. */
export const noteProbes = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const probes: Record<string, Probe> = {};
    window.benchProbes = probes;
    const timeline = document.querySelector(".timeline");
    if (!timeline) throw new Error("there is no timeline");
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { identifier, renderTime } = entry as PerformanceEntry & Record<string, unknown>;
        const probe = typeof identifier === "string" ? probes[identifier] : undefined;
        if (probe && typeof renderTime === "number") probe.drawn ??= performance.timeOrigin + renderTime;
      }
    }).observe({ type: "element" });
    new MutationObserver(() => {
      const arrived = performance.timeOrigin + performance.now();
      for (const paragraph of timeline.querySelectorAll(
        ".prose:not([elementtiming]), .prose > p:not([elementtiming])",
      )) {
        const word = /probe-\d+\b/.exec(paragraph.textContent)?.[0];
        if (word === undefined) continue;
        // Asks the browser to tell when it is drawn.
        paragraph.setAttribute("elementtiming", word);
        probes[word] ??= { arrived };
      }
    }).observe(timeline, { subtree: true, childList: true, characterData: true });
  });

export const notedProbes = async (page: Page): Promise<Map<string, Probe>> =>
  new Map(Object.entries(await page.evaluate(() => window.benchProbes ?? {})));
