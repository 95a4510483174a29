import type { Measurement } from "../measurement.ts";
import { browserFor, openPage, openSession, siteOf } from "./browser.ts";
import { noteDrawn, notedProbes, sayProbes } from "./probes.ts";
import { none, timed } from "./rows.ts";
import { openTurn } from "./seed.ts";

const events = 200;
/** No multiple of a frame, so that events come at every moment of one. */
const everyMs = 57;

/** From an agent's message on its machine until a person sees it. */
export const pixel: Measurement = {
  name: "pixel",
  title: "From an event to the frame that shows it, in an open session",
  async measure(bench) {
    const tutti = await bench.tutti();
    const turn = await openTurn(tutti, bench, "pixel");
    await using chromium = await browserFor();
    await using opened = await openPage(chromium.browser, await siteOf(tutti));
    await openSession(opened.page, turn.session);
    await noteDrawn(opened.page);
    const sent = await sayProbes(bench, turn, { events, everyMs });
    const probes = await notedProbes(opened.page);
    const fromCommand: number[] = [];
    const fromDispatch: number[] = [];
    for (const [word, at] of sent) {
      const drawn = probes.get(word)?.drawn;
      if (drawn === undefined) continue;
      const { logged } = await tutti.seen(
        turn.session,
        (event) => event.type === "item.added" && event.item.id === word,
      );
      fromCommand.push(drawn - at);
      fromDispatch.push(drawn - Date.parse(logged.at));
    }
    await turn.end();
    return [
      timed("from the server's dispatch", fromDispatch, { of: "p95", ms: 100 }),
      timed("from the command on the agent's machine", fromCommand),
      none("events that were not shown", events - fromDispatch.length),
    ];
  },
};
