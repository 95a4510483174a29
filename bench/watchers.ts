/**
 * Many watchers in a process of their own, so that reading what they are sent takes nothing from whoever sends: each holds one
 * stream open, from now on. Started by `fan-out.ts` as a child; speaks with it over the channel between the two.
 */
import { request } from "node:http";
import { type FromWatchers, probePrefix, type ToWatchers } from "./probe.ts";

/** How long the last probes may take to come. */
const patienceMs = 10_000;
const latencies: number[] = [];
const probePattern = new RegExp(`"id":"${probePrefix}(\\d+)"`, "g");
let heard: Set<string>[] = [];
let repeated = 0;
let broken = 0;

function watch(url: string, token: string, index: number): Promise<void> {
  const seen = new Set<string>();
  heard[index] = seen;
  return new Promise((resolve, reject) => {
    const asked = request(`${url}/v1/events`, {
      headers: { authorization: `Bearer ${token}`, accept: "text/event-stream" },
      agent: false,
    });
    asked.on("error", reject);
    asked.on("response", (response) => {
      if (response.statusCode !== 200) reject(new Error(`a watcher was answered ${response.statusCode}`));
      let rest = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        resolve();
        const text = rest + chunk;
        const whole = text.lastIndexOf("\n\n") + 2;
        if (whole < 2) {
          rest = text;
          return;
        }
        rest = text.slice(whole);
        const now = process.hrtime.bigint();
        for (const [, sent] of text.slice(0, whole).matchAll(probePattern)) {
          if (sent === undefined) continue;
          if (seen.has(sent)) repeated += 1;
          seen.add(sent);
          latencies.push(Number(now - BigInt(sent)) / 1e6);
        }
      });
      response.on("close", () => {
        broken += 1;
      });
    });
    asked.end();
  });
}

async function report(probes: number): Promise<FromWatchers> {
  const end = performance.now() + patienceMs;
  const missing = () => heard.reduce((sum, seen) => sum + Math.max(0, probes - seen.size), 0);
  while (missing() > 0 && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
  return { type: "report", latencies, missing: missing(), repeated, broken };
}

function isToWatchers(message: unknown): message is ToWatchers {
  return typeof message === "object" && message !== null && "type" in message;
}

process.on("message", async (message) => {
  if (!isToWatchers(message)) return;
  if (message.type === "watch") {
    const { url, token, count } = message;
    heard = new Array(count);
    await Promise.all(Array.from({ length: count }, (_, index) => watch(url, token, index)));
    process.send?.({ type: "watching" } satisfies FromWatchers);
  } else process.send?.(await report(message.probes));
});
process.on("disconnect", () => process.exit());
