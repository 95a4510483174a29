import { randomUUID } from "node:crypto";
import type { Bench, Subject } from "./bench.ts";
import { interleave } from "./interleave.ts";
import type { Measurement, Row } from "./measurement.ts";
import { furtherCalls, prompts } from "./models.ts";
import { createSession, playAdapter, playBare, playTutti, type Turn } from "./play.ts";
import { compare, summarize } from "./statistics.ts";

/**
 * What the gate and the record of it add to every allowed call: a turn of many shell calls less a turn of one, divided by the
 * calls between them, against the same difference of the bare program.
 */
export const gate: Measurement = {
  name: "gate",
  title: "The gate: an allowed shell call",
  async measure(bench) {
    const rows: Row[] = [];
    for (const subject of bench.subjects) rows.push(...(await measureOne(bench, subject)));
    rows.push(await decision(bench));
    return rows;
  },
};

async function measureOne(bench: Bench, subject: Subject): Promise<Row[]> {
  const tutti = await bench.tutti();
  const { title } = subject.harness.descriptor;
  bench.say(title);
  const perCall = async (play: (text: string) => Promise<Turn>) => {
    const one = await play(prompts.oneCall);
    const many = await play(prompts.manyCalls);
    return (many.ended - one.ended) / furtherCalls;
  };
  const ways = {
    bare: () => perCall((text) => playBare(bench, subject, text)),
    adapter: () => perCall((text) => playAdapter(bench, subject, text)),
    tutti: () => perCall(async (text) => playTutti(tutti, await createSession(tutti, bench, subject), text)),
  };
  const calls = await interleave(ways, { rounds: 8, budgetMs: 30_000, signal: bench.signal });
  const beside = compare(calls.tutti, calls.bare);
  return [
    {
      what: title,
      unit: "ms",
      value: summarize(calls.tutti),
      beside,
      target: { text: "≤ 15 ms added", met: beside.added <= 15 },
    },
    {
      what: "  its adapter alone",
      unit: "ms",
      value: summarize(calls.adapter),
      beside: compare(calls.adapter, calls.bare),
    },
  ];
}

/** The server's part of it: `tool.request` to the receipt that holds the decision, policies evaluated, durable. */
async function decision(bench: Bench): Promise<Row> {
  const tutti = await bench.tutti();
  const host = await tutti.join("bench-gate");
  const workspace = bench.makeFolder("decision");
  const session = await tutti.create({
    host: host.id,
    harness: { harness: "none" },
    workspace,
    policies: [{ name: "workspace-only", params: {} }],
  });
  const turn = "turn-1";
  await tutti.send(session, { type: "turn.start", turn, text: "calls" });
  const samples: number[] = [];
  for (let index = 0; index < 220; index++) {
    bench.signal.throwIfAborted();
    const id = `call-${index}`;
    const command = `echo ${index} > notes.txt`;
    const call = {
      id,
      kind: "shell",
      name: "shell",
      input: { command },
      command,
      cwd: workspace,
      fingerprint: id,
    } as const;
    const start = performance.now();
    const receipt = await host.send(session, {
      type: "tool.request",
      turn,
      approval: `approval-${randomUUID()}`,
      call,
    });
    if (index >= 20) samples.push(performance.now() - start);
    if (receipt.decision?.effect !== "allow")
      throw new Error(`not allowed: ${JSON.stringify(receipt.decision)}`);
    await host.send(session, { type: "tool.finish", turn, call: id, ok: true, output: { text: "", cut: 0 } });
  }
  await host.send(session, { type: "turn.end", turn, status: "completed" });
  return { what: "the server's decision alone (round trip)", unit: "ms", value: summarize(samples) };
}
