import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkPolicyFolder } from "@tutti/server";
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
import { startTutti, type Tutti } from "./tutti.ts";

/** What the gate, and the record of it, add to an allowed call: one of many in a turn, by itself and through Tutti. */
export const gate: Measurement = {
  name: "gate",
  title: "The gate: an allowed shell call, from the model's word to the result that it reads",
  async measure(bench) {
    const rows: Row[] = [];
    for (const subject of bench.subjects) rows.push(...(await measureOne(bench, subject)));
    rows.push(await withoutProgram(bench), await decision(bench));
    return rows;
  },
};

async function measureOne(bench: Bench, subject: Subject): Promise<Row[]> {
  const tutti = await bench.tutti();
  const { title } = subject.harness.descriptor;
  bench.say(title);
  const ways = {
    bare: () => bench.models.intervals(() => playBare(bench, subject, prompts.calls)),
    adapter: () => bench.models.intervals(() => playAdapter(bench, subject, prompts.calls)),
    async tutti() {
      const session = await createSession(tutti, bench, subject);
      return bench.models.intervals(() => playTutti(tutti, session, prompts.calls));
    },
  };
  const turns = await interleave(ways, { rounds: 10, budgetMs: 15_000, signal: bench.signal });
  const [bare, adapter, through] = [turns.bare.flat(), turns.adapter.flat(), turns.tutti.flat()];
  const beside = compare(through, bare);
  return [
    {
      what: title,
      unit: "ms",
      value: summarize(through),
      beside,
      target: { text: "≤ 15 ms added", met: beside.added <= 15 },
    },
    { what: "  its adapter alone", unit: "ms", value: summarize(adapter), beside: compare(adapter, bare) },
  ];
}

/** What Tutti takes by itself: calls of a turn without a program, less the turn. */
async function withoutProgram(bench: Bench): Promise<Row> {
  const tutti = await bench.tutti();
  const calls = 20;
  const play = async (count: number) => {
    const session = await createSessionWithoutProgram(tutti, bench);
    return (await playTutti(tutti, session, promptWithoutProgram(count))).ended;
  };
  const turns = await interleave(
    { none: () => play(0), some: () => play(calls) },
    { rounds: 20, budgetMs: 8_000, signal: bench.signal },
  );
  const samples = turns.some.map((some, round) => (some - (turns.none[round] ?? some)) / calls);
  return { what: "Tutti by itself (a call without a program)", unit: "ms", value: summarize(samples) };
}

/**
 * The server's part of it: `tool.request` to the receipt that holds the decision, policies evaluated, durable. Beside it a
 * server in which no policy holds.
 */
async function decision(bench: Bench): Promise<Row> {
  const home = join(bench.folder, "f");
  const { names } = await checkPolicyFolder(join(home, "nothing"));
  mkdirSync(join(home, "config/policies"), { recursive: true });
  const off = names.map((name) => `  - { name: ${name}, off: true }`);
  writeFileSync(join(home, "config/policies/none.yaml"), ["policies:", ...off, ""].join("\n"));
  await using free = await startTutti({ home, environment: bench.environment });
  const [none, some] = [await openCaller(free, bench, []), await openCaller(await bench.tutti(), bench)];
  const times = await interleave(
    { none: none.call, some: some.call },
    { rounds: 220, budgetMs: 15_000, signal: bench.signal },
  );
  await Promise.all([none.end(), some.end()]);
  // The first calls are the compiler's.
  const [bare, through] = [times.none.slice(20), times.some.slice(20)];
  const value = summarize(through);
  return {
    what: "the server's decision alone, policies against none",
    unit: "ms",
    value,
    beside: compare(through, bare),
    target: { text: "p50 ≤ 5 ms", met: value.median <= 5 },
  };
}

/** A session of a host that is the bench itself, in the middle of a turn. */
async function openCaller(tutti: Tutti, bench: Bench, policies: readonly string[] = ["workspace-only"]) {
  const host = await tutti.join("bench-gate");
  const workspace = bench.makeFolder("decision");
  const session = await tutti.create({
    host: host.id,
    harness: { harness: "none" },
    workspace,
    policies: policies.map((name) => ({ name, params: {}, level: "session" })),
  });
  const turn = "turn-1";
  await tutti.send(session, { type: "turn.start", turn, text: "calls" });
  let count = 0;
  return {
    /** Milliseconds until one more call was allowed. */
    async call(): Promise<number> {
      const id = `call-${count++}`;
      const command = `echo ${count} > notes.txt`;
      const input = { command };
      const call = {
        id,
        kind: "shell",
        name: "shell",
        input,
        command,
        cwd: workspace,
        fingerprint: id,
      } as const;
      const start = performance.now();
      const approval = `approval-${randomUUID()}`;
      const { decision } = await host.send(session, { type: "tool.request", turn, approval, call });
      const taken = performance.now() - start;
      if (decision?.effect !== "allow") throw new Error(`not allowed: ${JSON.stringify(decision)}`);
      await host.send(session, {
        ...{ type: "tool.finish", turn, call: id, ok: true },
        output: { text: "", cut: 0 },
      });
      return taken;
    },
    end: () => host.send(session, { type: "turn.end", turn, status: "completed" }),
  };
}
