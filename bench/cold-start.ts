import { interleave } from "./interleave.ts";
import type { Measurement, Row } from "./measurement.ts";
import { prompts } from "./models.ts";
import { createSession, playBare, playTutti } from "./play.ts";
import { compare, summarize } from "./statistics.ts";

/** From nothing to the first word of the program: a new session, its first turn, `harness.opened` in the log. */
export const coldStart: Measurement = {
  name: "cold-start",
  title: "Cold start: session.create to the harness's first event",
  async measure(bench) {
    const tutti = await bench.tutti();
    const rows: Row[] = [];
    for (const subject of bench.subjects) {
      const { title } = subject.harness.descriptor;
      bench.say(title);
      const ways = {
        bare: async () => (await playBare(bench, subject, prompts.plain)).opened,
        async tutti() {
          const start = performance.now();
          const session = await createSession(tutti, bench, subject);
          const created = performance.now() - start;
          return created + (await playTutti(tutti, session, prompts.plain)).opened;
        },
      };
      for (const play of Object.values(ways)) await play();
      const opened = await interleave(ways, { rounds: 10, budgetMs: 8_000, signal: bench.signal });
      rows.push({
        what: title,
        unit: "ms",
        value: summarize(opened.tutti),
        beside: compare(opened.tutti, opened.bare),
      });
    }
    return rows;
  },
};
