import type { Bench, Subject } from "./bench.ts";
import { interleave } from "./interleave.ts";
import type { Measurement, Row } from "./measurement.ts";
import { prompts } from "./models.ts";
import {
  createSession,
  createSessionWithoutProgram,
  playAdapter,
  playBare,
  playTutti,
  promptWithoutProgram,
} from "./play.ts";
import { compare, summarize } from "./statistics.ts";

/** The same turn (one prompt, one answer) by the program itself and through Tutti, up to the word that it has ended. */
export const turn: Measurement = {
  name: "turn",
  title: "A turn: bare program against Tutti",
  async measure(bench) {
    const rows: Row[] = [];
    for (const subject of bench.subjects) rows.push(...(await measureOne(bench, subject)));
    rows.push(await withoutProgram(bench));
    return rows;
  },
};

/** What Tutti takes by itself: the same turn with nothing to start and nothing to ask. */
async function withoutProgram(bench: Bench): Promise<Row> {
  const tutti = await bench.tutti();
  const play = async () =>
    (await playTutti(tutti, await createSessionWithoutProgram(tutti, bench), promptWithoutProgram(0))).ended;
  await play();
  const { all } = await interleave({ all: play }, { rounds: 50, budgetMs: 5_000, signal: bench.signal });
  return { what: "Tutti by itself (a turn without a program)", unit: "ms", value: summarize(all) };
}

async function measureOne(bench: Bench, subject: Subject): Promise<Row[]> {
  const tutti = await bench.tutti();
  const { title } = subject.harness.descriptor;
  bench.say(title);
  const ways = {
    bare: () => playBare(bench, subject, prompts.plain),
    adapter: () => playAdapter(bench, subject, prompts.plain),
    tutti: async () => playTutti(tutti, await createSession(tutti, bench, subject), prompts.plain),
  };
  // The first of each reads files that nobody has read yet, and sees that the gate holds.
  for (const play of Object.values(ways)) await play();
  const turns = await interleave(ways, { rounds: 20, budgetMs: 20_000, signal: bench.signal });
  const [bare, adapter, through] = [turns.bare, turns.adapter, turns.tutti].map((all) =>
    all.map(({ ended }) => ended),
  );
  if (!bare || !adapter || !through) throw new Error("a way was not played");
  const beside = compare(through, bare);
  return [
    {
      what: title,
      unit: "ms",
      value: summarize(through),
      beside,
      target: { text: "≤ 1.10 ×, ≤ 40 ms", met: beside.ratio <= 1.1 && beside.added <= 40 },
    },
    { what: "  its adapter alone", unit: "ms", value: summarize(adapter), beside: compare(adapter, bare) },
  ];
}
