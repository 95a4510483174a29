/**
 * Plays measurements and prints what came out. It judges nothing by failing: a target that is missed is a line of the table.
 * Exit 1 when something could not be measured, 2 when it was asked for something that it doesn't know.
 */
import { writeFileSync } from "node:fs";
import { delimiter } from "node:path";
import { parseArgs } from "node:util";
import { type Bench, openBench } from "./bench.ts";
import { machine } from "./machine.ts";
import type { Measurement, Row } from "./measurement.ts";
import { table } from "./table.ts";

interface Section {
  name: string;
  title: string;
  rows: Row[];
}

const begin = performance.now();
const say = (line: string) =>
  process.stderr.write(`${((performance.now() - begin) / 1_000).toFixed(0).padStart(4)} s  ${line}\n`);

/** @param command how a person starts it, for the words about its options. The answer is the exit code. */
export async function run(command: string, measurements: readonly Measurement[]): Promise<number> {
  const asked = readArguments(command, measurements);
  if (typeof asked === "string") {
    process.stderr.write(`${asked}\n`);
    return 2;
  }
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => stopping.abort(new Error("stopped")));
  const programs = (process.env.TUTTI_HARNESS_CLIS ?? "").split(delimiter).filter((folder) => folder !== "");

  await using bench = await openBench({ programs, signal: stopping.signal, say: (line) => say(`  ${line}`) });
  const loadBefore = machine(bench).load;
  const { sections, failed } = await measureAll(bench, asked.measurements);
  const seconds = Math.round((performance.now() - begin) / 1_000);
  const report = { ...machine(bench), loadBefore, seconds, sections };
  if (asked.json !== undefined && asked.json !== "-")
    writeFileSync(asked.json, `${JSON.stringify(report, null, 2)}\n`);
  const { cpu, cores, memoryGb, os, load, versions } = report;
  const told = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const text = [
    `${cpu}, ${cores} cores, ${memoryGb} GB, ${os}`,
    told.join(", "),
    `load before ${loadBefore}, after ${load}; ${seconds} s`,
    "",
    table(sections),
    "",
  ].join("\n");
  if (asked.json === "-") process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  (asked.json === "-" ? process.stderr : process.stdout).write(text);
  return failed ? 1 : 0;
}

async function measureAll(bench: Bench, chosen: readonly Measurement[]) {
  const sections: Section[] = [];
  let failed = false;
  for (const { name, title, measure } of chosen) {
    if (bench.signal.aborted) return { sections, failed: true };
    say(name);
    try {
      sections.push({ name, title, rows: await measure(bench) });
    } catch (error) {
      failed = true;
      say(`${name} could not be measured: ${reasonOf(error)}`);
    }
  }
  return { sections, failed };
}

/** With what was thrown first, where taking things down failed as well. */
function reasonOf(error: unknown): string {
  if (error instanceof SuppressedError) return `${reasonOf(error.suppressed)}; then ${reasonOf(error.error)}`;
  return error instanceof Error ? error.message : String(error);
}

/** What is asked for, or what is wrong with it. */
function readArguments(
  command: string,
  measurements: readonly Measurement[],
): { measurements: readonly Measurement[]; json: string | undefined } | string {
  const names = measurements.map(({ name }) => name);
  const usage = `${command} -- [--only ${names.join("|")}]… [--json FILE|-]`;
  try {
    const { values } = parseArgs({
      options: { only: { type: "string", multiple: true }, json: { type: "string" } },
    });
    const unknown = values.only?.find((name) => !names.includes(name));
    if (unknown !== undefined) return `nothing named ${unknown} is measured: ${usage}`;
    return {
      measurements: measurements.filter(({ name }) => values.only?.includes(name) ?? true),
      json: values.json,
    };
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}: ${usage}`;
  }
}
