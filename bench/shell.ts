import { judgeCorpus } from "@tutti/server/corpus";
import type { Measurement } from "./measurement.ts";
import { summarize } from "./statistics.ts";

const passes = 30;

/** What it takes to read a command line and say what it would do: every line of the policies' corpus, read anew. */
export const shell: Measurement = {
  name: "shell",
  title: "The policies' reading of a shell command, over their corpus",
  async measure(bench) {
    const readings: number[][] = [];
    // The first pass is the compiler's.
    for (let pass = 0; pass <= passes; pass++) {
      bench.signal.throwIfAborted();
      const { times, mistakes } = judgeCorpus(() => performance.now());
      if (mistakes > 0) throw new Error(`${mistakes} lines of the corpus are misjudged`);
      if (pass > 0) readings.push(times);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const lines = (readings[0] ?? []).map((_, line) => summarize(readings.map((times) => times[line] ?? 0)));
    const value = summarize(lines.map(({ median }) => median));
    return [
      {
        what: `a line, by its median of ${passes} readings`,
        unit: "ms",
        value,
        target: { text: "p99 < 1 ms", met: value.p99 < 1 },
      },
      { what: "every single reading", unit: "ms", value: summarize(readings.flat()) },
    ];
  },
};
