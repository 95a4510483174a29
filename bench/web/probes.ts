/** Messages of an agent that carry a word each, and when a page has drawn the frame that shows it. */
import type { Page } from "playwright-core";
import type { OpenTurn } from "./seed.ts";

declare global {
  interface Window {
    /** When a probe's frame was drawn, in milliseconds since 1970. */
    benchDrawn?: Record<string, number>;
  }
}

/** Lets the agent say a message that holds the word. */
export const sayProbe = ({ host, session, turn }: OpenTurn, word: string) =>
  host.send(session, {
    type: "item.add",
    turn,
    item: { kind: "message", id: word, text: `The tests of ${word} pass.` },
  });

/** Begins to note on a page that shows the session's timeline. */
export const noteProbes = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const drawn: Record<string, number> = {};
    window.benchDrawn = drawn;
    const timeline = document.querySelector(".timeline");
    if (!timeline) throw new Error("there is no timeline");
    new MutationObserver(() => {
      for (const [word] of timeline.textContent.matchAll(/probe-\d+\b/g)) {
        if (word in drawn) continue;
        drawn[word] = Number.NaN;
        // After the next frame's own work, the frame is drawn.
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => {
            drawn[word] = performance.timeOrigin + performance.now();
          };
          port2.postMessage(undefined);
        });
      }
    }).observe(timeline, { subtree: true, childList: true, characterData: true });
  });

/** When each was drawn; one that was not is left out. */
export const drawnProbes = async (page: Page): Promise<Map<string, number>> => {
  const drawn = await page.evaluate(() => window.benchDrawn ?? {});
  return new Map(Object.entries(drawn).filter(([, at]) => !Number.isNaN(at)));
};
