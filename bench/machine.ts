import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";
import type { Bench } from "./bench.ts";

/** What was measured on what. */
export interface Machine {
  at: string;
  cpu: string;
  cores: number;
  memoryGb: number;
  os: string;
  /** Processes that wanted to run in the last minute. */
  load: string;
  versions: Record<string, string>;
}

export function machine({ subjects }: Pick<Bench, "subjects">): Machine {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const programs = subjects.map(({ harness, installation }) => [
    harness.descriptor.title,
    installation.version,
  ]);
  return {
    at: new Date().toISOString(),
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    os: `${type()} ${release()}`,
    load: (loadavg()[0] ?? 0).toFixed(1),
    versions: { Tutti: String(version), Node: process.versions.node, ...Object.fromEntries(programs) },
  };
}
