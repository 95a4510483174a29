import { type CostBy, type CostRow, type CostSums, costBySchema, dollars } from "@tutti/core";
import { Option } from "commander";
import type { Cli } from "../cli.ts";
import { connect } from "../connection.ts";
import { costInWords, medianOf, timeOf, worthOf } from "../cost-words.ts";
import { badInput } from "../failure.ts";
import { findSession } from "../ids.ts";
import { examples, jsonOption } from "../options.ts";
import { counted, short } from "../request/words.ts";
import { type Line, padded, plain } from "../terminal/text.ts";
import type { Define } from "../verb.ts";

interface Options {
  by: CostBy;
  since?: string;
  session?: string;
  json?: boolean;
}

/** What was used and what it cost, and what each merged change cost. */
export const cost: Define = (command, cli) => {
  command
    .addOption(new Option("--by <what>", "one row for each").choices(costBySchema.options).default("session"))
    .option("--since <when>", "only what was used since then: 7d, 12h, or a day in UTC such as 2030-01-31")
    .option("--session <id>", "only this request and the sessions of its agents")
    .option(...jsonOption)
    .addHelpText(
      "after",
      `${examples("tutti cost", "tutti cost --by model --since 7d", "tutti cost --session k7f --by task --json")}\n\nAmounts are what a harness reported, or list prices where it says so. What nobody can price is called unknown and is\nin no amount; what a flat subscription covers costs nothing more.`,
    )
    .action((options: Options) => tell(cli, options));
};

async function tell(cli: Cli, { by, since, session, json }: Options): Promise<void> {
  const from = since === undefined ? undefined : timeOf(since, cli.now());
  if (since !== undefined && !from)
    throw badInput(`--since ${since} is no time: give 7d, 12h or a day such as 2030-01-31`);
  const client = await connect(cli.folders);
  const found = session === undefined ? undefined : await findSession(client, session);
  const { rows, total, merged } = await client.cost({
    by,
    ...(from && { since: from.toISOString() }),
    ...(found && { root: found.parent ?? found.id }),
  });
  const median = medianOf(merged.map(worthOf));
  if (json) {
    cli.json({ by, rows, total, merged, medianUsd: median });
    return;
  }
  if (total.calls === 0 && merged.length === 0) {
    cli.say("Nothing was used.");
    return;
  }
  for (const line of table(rows, total, by)) cli.data(line);
  if (merged.length === 0) return;
  cli.data();
  cli.data([
    { text: counted(merged.length, "merged change"), look: "bold" },
    `  ${medianInWords(median, merged)}`,
  ]);
  const width = widthOf(merged.map(costInWords));
  for (const change of merged)
    cli.data([
      { text: `  ${change.at.slice(0, 10)}  `, look: "dim" },
      padded(costInWords(change), width),
      "  ",
      { text: change.commit ? short(change.commit) : "", look: "cyan" },
      ` ${plain(change.title)}`,
    ]);
}

const widthOf = (texts: readonly string[]): number => Math.max(0, ...texts.map(({ length }) => length));

function table(rows: readonly CostRow[], total: CostSums, by: CostBy): Line[] {
  const all: { name: string; row: CostSums; title: string | null }[] = [
    ...rows.map((row) => ({ name: nameOf(row, by), row, title: row.title })),
    { name: "total", row: total, title: null },
  ];
  const width = widthOf([by, ...all.map(({ name }) => name)]);
  const money = widthOf(["cost", ...all.map(({ row }) => costInWords(row))]);
  const heads = ["calls", "read", "cached", "written"].map((head) => head.padStart(9)).join(" ");
  return [
    [{ text: `${padded(by, width)}  ${padded("cost", money)} ${heads}`, look: "dim" }],
    ...all.map(({ name, row, title }): Line => {
      // What a cache gave and what it took, beside what was read anew.
      const figures = [row.calls, row.input, row.cacheRead + row.cacheWrite, row.output];
      return [
        { text: padded(name, width), look: "bold" },
        "  ",
        padded(costInWords(row), money),
        { text: ` ${figures.map((figure) => thousands(figure).padStart(9)).join(" ")}`, look: "dim" },
        title === null ? "" : `  ${plain(title)}`,
      ];
    }),
  ];
}

function nameOf({ key, root }: CostRow, by: CostBy): string {
  if (by === "task") return `${root} ${key === null ? "(no task)" : plain(key)}`;
  return key === null ? "unknown" : plain(key);
}

/** `1234567` as `1.2M`. */
function thousands(value: number): string {
  if (value < 10_000) return String(value);
  return value < 1_000_000 ? `${Math.round(value / 1_000)}k` : `${(value / 1_000_000).toFixed(1)}M`;
}

function medianInWords(median: number | null, merged: readonly CostSums[]): string {
  if (median === null) return "median unknown";
  const unknown = merged.filter((change) => worthOf(change) === null).length;
  const flat = merged.some(({ subscriptionCalls }) => subscriptionCalls > 0);
  return [
    `median ${dollars(median)}`,
    ...(flat ? ["subscriptions at list price"] : []),
    ...(unknown > 0 ? [`without ${unknown} of unknown cost`] : []),
  ].join(", ");
}
