import type { Browser } from "playwright-core";
import type { Bench } from "../bench.ts";
import type { Measurement, Row } from "../measurement.ts";
import { summarize } from "../statistics.ts";
import type { Tutti } from "../tutti.ts";
import { browserFor, galleryFor, openPage, type Site, siteOf } from "./browser.ts";

const rounds = 12;
const questions = 12;
const items = 5_000;

/** From asking for an address until its content is drawn and the page has nothing left to do. */
export const open: Measurement = {
  name: "open",
  title: "Cold open, to interactive",
  async measure(bench) {
    const tutti = await bench.tutti();
    bench.say(`${questions} questions`);
    await ask(bench, tutti);
    await using chromium = await browserFor();
    await using staged = await galleryFor({ items });
    const { browser } = chromium;
    const site = await siteOf(tutti);
    const inbox: number[] = [];
    const session: number[] = [];
    // The first of each warms the server and the browser's own program.
    for (let round = 0; round <= rounds; round++) {
      bench.signal.throwIfAborted();
      const opened = await coldOpen(browser, site, "/inbox", "[data-row]");
      const long = await coldOpen(browser, staged.gallery, "/s/long-timeline", ".timeline li[data-index]");
      if (round === 0) continue;
      inbox.push(opened);
      session.push(long);
    }
    return [row("the inbox", inbox, 1_000), row(`a session of ${items} items`, session, 1_500)];
  },
};

function row(what: string, samples: readonly number[], limit: number): Row {
  const value = summarize(samples);
  return { what, unit: "ms", value, target: { text: `≤ ${limit} ms`, met: value.median <= limit } };
}

/** Questions that wait, each of a session of its own. */
async function ask(bench: Bench, tutti: Tutti): Promise<void> {
  for (let index = 0; index < questions; index++) {
    const session = await tutti.create({
      title: `Question ${index + 1}`,
      host: tutti.host,
      harness: { harness: "fake" },
      workspace: bench.makeFolder("asks"),
      policies: [{ name: "ask-on-tools", params: { tools: ["shell"] }, level: "session" }],
    });
    await tutti.send(session, { type: "turn.start", turn: "t1", text: `fake:\n- shell: echo ${index}` });
    await tutti.seen(session, ({ type }) => type === "approval.requested");
  }
}

async function coldOpen(browser: Browser, site: Site, path: string, selector: string): Promise<number> {
  await using opened = await openPage(browser, site);
  const { page } = opened;
  await page.goto(path, { waitUntil: "commit" });
  return await page.evaluate(
    (wanted) =>
      new Promise<number>((resolve) => {
        const atRest = () => requestIdleCallback(() => resolve(performance.now()));
        const look = () =>
          requestAnimationFrame(document.querySelector(wanted) ? () => requestAnimationFrame(atRest) : look);
        look();
      }),
    selector,
  );
}
