import { setTimeout as delay } from "node:timers/promises";
import type { Bench } from "../bench.ts";
import type { Measurement } from "../measurement.ts";
import { browserFor, openPage, openSession, siteOf } from "./browser.ts";
import { watchPage } from "./page-watch.ts";
import { figure, late, none, timed } from "./rows.ts";
import { type OpenTurn, openTurn } from "./seed.ts";

const perSecond = 100;
const seconds = 10;
/** A frame is 16.7 ms. Later than this it has left one out, or two. */
const [oneLeftOut, twoLeftOut] = [17, 34];

/** An agent that writes while somebody watches. */
export const stream: Measurement = {
  name: "stream",
  title: `Streaming: ${perSecond} pieces of text a second into an open session`,
  async measure(bench) {
    const tutti = await bench.tutti();
    const turn = await openTurn(tutti, bench, "stream");
    await using chromium = await browserFor();
    await using opened = await openPage(chromium.browser, await siteOf(tutti));
    const { page } = opened;
    await openSession(page, turn.session);
    bench.say(`${seconds} s at rest, ${seconds} s of text`);
    const rest = await watchPage(page);
    await delay(seconds * 1_000, undefined, { signal: bench.signal });
    const still = await rest();
    await write(bench, turn, 1);
    const stop = await watchPage(page);
    const written = await write(bench, turn, seconds);
    const { frames, longTasks, longFrames, lasted } = await stop();
    const drawn = await page.locator(".timeline").textContent();
    if (!drawn?.includes("writers wait for one")) throw new Error("the text was not shown");
    await turn.end();
    const share = (of: readonly number[], ms: number, what: string) =>
      figure(`frames later than ${ms} ms ${what}`, late(of, ms), "%");
    return [
      figure("pieces a second", (written * 1_000) / lasted),
      timed("between two frames", frames, { of: "p95", ms: oneLeftOut }),
      timed("  while nothing comes", still.frames),
      share(frames, oneLeftOut, "(one left out)"),
      share(still.frames, oneLeftOut, "while nothing comes"),
      share(frames, twoLeftOut, "(two left out)"),
      none("long tasks", longTasks.length),
      none("long animation frames", longFrames.length),
    ];
  },
};

/** Pieces at a steady pace, whatever becomes of those before. Answers how many. */
async function write(bench: Bench, { host, session, turn }: OpenTurn, forSeconds: number): Promise<number> {
  const count = perSecond * forSeconds;
  const begin = performance.now();
  const pending: Promise<void>[] = [];
  for (let index = 0; index < count; index++) {
    bench.signal.throwIfAborted();
    const early = begin + (index * 1_000) / perSecond - performance.now();
    if (early > 0) await delay(early);
    const text = pieces[index % pieces.length] ?? "";
    const sent = host.say({ session, turn, item: "written", kind: "message", text });
    // Waited for at the end; a rejection before that is no accident.
    sent.catch(() => {});
    pending.push(sent);
  }
  await Promise.all(pending);
  return count;
}

/** What an agent says, word by word. */
const pieces =
  "The next three modules share a shape, so I port them together.\n\n- `open(transport)` in the place of `oldClient()`\n- errors are values now\n- **no** behaviour changed\n\nThe retry in `send` ran *inside* the lock. With a slow network all writers wait for one.\n\n```ts\nawait lock.run(() => retry(send, { times: 5 }));\n```\n\n"
    .split(/(?<=\s)/)
    .flatMap((word) => (word.length > 8 ? [word.slice(0, 5), word.slice(5)] : [word]));
