import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { interleave } from "./interleave.ts";
import type { Measurement, Row } from "./measurement.ts";
import { compare, summarize } from "./statistics.ts";
import { startTutti } from "./tutti.ts";

const launcher = fileURLToPath(new URL("../scripts/tutti.mjs", import.meta.url));

/** How soon the command line answers, against a Node that does nothing. */
export const cliStart: Measurement = {
  name: "cli-start",
  title: "Command line, from start to exit: bare node against tutti",
  async measure(bench) {
    const env = { ...bench.environment, TUTTI_HOME: join(bench.folder, "c") };
    const begin = performance.now();
    await using _ = await startTutti({ home: env.TUTTI_HOME, environment: bench.environment });
    const ready = performance.now() - begin;

    const timed =
      (...args: string[]) =>
      async () => {
        const start = performance.now();
        await promisify(execFile)(process.execPath, args, { env });
        return performance.now() - start;
      };
    const ways = {
      bare: timed("-e", "0"),
      version: timed(launcher, "--version"),
      status: timed(launcher, "status"),
      help: timed(launcher, "run", "--help"),
    };
    for (const start of Object.values(ways)) await start();
    const times = await interleave(ways, { rounds: 20, budgetMs: 20_000, signal: bench.signal });
    const row = (what: string, samples: readonly number[]): Row => ({
      what,
      unit: "ms",
      value: summarize(samples),
      beside: compare(samples, times.bare),
    });
    const version = row("tutti --version", times.version);
    return [
      { ...version, target: { text: "< 120 ms", met: version.value.median < 120 } },
      row("tutti status", times.status),
      row("tutti run --help", times.help),
      { what: "tutti serve until ready, first start", unit: "ms", value: summarize([ready]) },
    ];
  },
};
