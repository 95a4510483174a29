import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Measurement } from "./measurement.ts";
import { type FromWatchers, probePrefix, type ToWatchers } from "./probe.ts";
import { summarize } from "./statistics.ts";

const watchers = 200;
const eventsPerSecond = 100;
const seconds = 10;
/** As many as work side by side by default. */
const sessions = 4;

/** Events of several sessions, appended at a steady pace whatever becomes of those before, to watchers of everything. */
export const fanOut: Measurement = {
  name: "fan-out",
  title: `Append and fan-out: ${eventsPerSecond} events/s of ${sessions} sessions to ${watchers} watchers`,
  async measure(bench) {
    const tutti = await bench.tutti();
    const host = await tutti.join("bench-fan-out");
    const turn = "turn-1";
    const open: string[] = [];
    for (let index = 0; index < sessions; index++) {
      const session = await tutti.create({ host: host.id, harness: { harness: "none" } });
      await tutti.send(session, { type: "turn.start", turn, text: "events" });
      open.push(session);
    }
    const audience = fork(new URL("./watchers.ts", import.meta.url), { serialization: "advanced" });
    try {
      await ask(audience, { type: "watch", url: tutti.url, token: tutti.personToken, count: watchers });
      bench.say(`${seconds} s of events`);
      const receipts: number[] = [];
      const pending: Promise<unknown>[] = [];
      const count = eventsPerSecond * seconds;
      const begin = performance.now();
      for (let index = 0; index < count; index++) {
        bench.signal.throwIfAborted();
        const early = begin + (index * 1_000) / eventsPerSecond - performance.now();
        if (early > 0) await delay(early);
        const session = open[index % open.length] ?? "";
        const item = {
          kind: "message",
          id: `${probePrefix}${process.hrtime.bigint()}`,
          text: "x".repeat(200),
        } as const;
        const sent = performance.now();
        const receipt = host.send(session, { type: "item.add", turn, item }).then(() => {
          receipts.push(performance.now() - sent);
        });
        // Waited for at the end; a rejection before that is no accident.
        receipt.catch(() => {});
        pending.push(receipt);
      }
      await Promise.all(pending);
      const pace = (count * 1_000) / (performance.now() - begin);
      const report = await ask(audience, { type: "report", probes: count });
      if (report.type !== "report") throw new Error("the watchers did not report");
      for (const session of open) await host.send(session, { type: "turn.end", turn, status: "completed" });
      const losses = report.missing + report.repeated;
      return [
        { what: "append (command to receipt)", unit: "ms", value: summarize(receipts) },
        { what: "command to watcher", unit: "ms", value: summarize(report.latencies) },
        {
          what: "events lost or repeated",
          unit: "",
          value: summarize([losses]),
          target: { text: "0", met: losses === 0 },
        },
        { what: "watchers dropped", unit: "", value: summarize([report.broken]) },
        { what: "events/s reached", unit: "", value: summarize([Math.round(pace)]) },
      ];
    } finally {
      audience.disconnect();
      await once(audience, "exit");
    }
  },
};

async function ask(audience: ChildProcess, message: ToWatchers): Promise<FromWatchers> {
  const answered = once(audience, "message");
  audience.send(message);
  const gone = once(audience, "exit").then(() => {
    throw new Error("the watchers' process ended");
  });
  gone.catch(() => {});
  const [answer] = await Promise.race([answered, gone]);
  return answer as FromWatchers;
}
