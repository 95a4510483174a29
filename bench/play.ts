/** The three ways to play the same turn: the program by itself, through its adapter alone, and through Tutti. */
import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Moments } from "./bare/bare-cli.ts";
import type { Bench, Subject } from "./bench.ts";
import type { Tutti } from "./tutti.ts";

export type Turn = Pick<Moments, "opened" | "ended">;

export function playBare(bench: Bench, { bare, installation, wire }: Subject, text: string): Promise<Turn> {
  const { environment, models } = bench;
  return bare.turn({
    installation,
    environment,
    cwd: bench.makeFolder("bare"),
    provider: models.provider(wire),
    model: models.model(wire),
    text,
  });
}

/** With a gate that allows at once: what the adapter costs, without a server. */
export async function playAdapter(bench: Bench, subject: Subject, text: string): Promise<Turn> {
  const { harness, installation, wire } = subject;
  const [cwd, folder] = [bench.makeFolder("adapter"), join(bench.folder, `s-${randomUUID().slice(0, 8)}`)];
  mkdirSync(folder, { mode: 0o700 });
  const start = performance.now();
  const result = await harness.open({
    installation,
    environment: bench.environment,
    cwd,
    folder,
    marker: `bench/${randomUUID()}`,
    model: bench.models.model(wire),
    provider: bench.models.provider(wire),
    tools: [],
    authorize: async () => ({ effect: "allow" }),
    callTool: async () => ({ ok: false, text: "there is no such tool" }),
  });
  if (!result.ok) throw new Error(`${harness.descriptor.title} did not open: ${result.failure.message}`);
  const { session } = result;
  const turn = randomUUID();
  let opened = Number.NaN;
  try {
    for await (const event of session.events) {
      if (event.type === "opened") {
        opened = performance.now() - start;
        await session.prompt({ id: turn, text });
      }
      if (event.type === "turn.ended" && event.turn === turn) {
        const ended = performance.now() - start;
        if (event.status !== "completed")
          throw new Error(`the turn did not end well: ${JSON.stringify(event)}`);
        return { opened, ended };
      }
    }
    throw new Error(`${harness.descriptor.title} ended in the middle of the turn`);
  } finally {
    await session.close();
  }
}

/** A session that is there already, in which the first turn has not been started. */
export function createSession(tutti: Tutti, bench: Bench, { harness, wire }: Subject): Promise<string> {
  return tutti.create({
    host: tutti.host,
    harness: {
      harness: harness.descriptor.id,
      model: bench.models.model(wire),
      provider: bench.models.provider(wire),
    },
    workspace: bench.makeFolder("work"),
    policies: [{ name: "workspace-only", params: {}, level: "session" }],
  });
}

/** From the command to the events in the log, as a person who watches sees them. */
export async function playTutti(tutti: Tutti, session: string, text: string): Promise<Turn> {
  const start = performance.now();
  await tutti.send(session, { type: "turn.start", turn: "turn-1", text });
  const opened = await tutti.seen(session, ({ type }) => type === "harness.opened" || type === "turn.ended");
  const ended = await tutti.seen(session, ({ type }) => type === "turn.ended");
  const { event } = ended.logged;
  if (event.type === "turn.ended" && event.status !== "completed")
    throw new Error(`the turn did not end well: ${JSON.stringify(event)}`);
  return { opened: opened.at - start, ended: ended.at - start };
}

/** The harness that has no program: a turn on it is what Tutti takes by itself. It plays the steps that its prompt holds. */
export function createSessionWithoutProgram(tutti: Tutti, bench: Bench): Promise<string> {
  return tutti.create({
    host: tutti.host,
    harness: { harness: "fake" },
    workspace: bench.makeFolder("work"),
    policies: [{ name: "workspace-only", params: {}, level: "session" }],
  });
}

/** What such a turn does: so many calls one after the other, each asked for by an answer that is accounted for, and a word. */
export function promptWithoutProgram(calls: number): string {
  const answer = "- usage: { input: 1200, output: 60 }";
  // Each another one: the same call over and over is asked about.
  const reads = Array.from({ length: calls }, (_, index) => `${answer}\n- read: notes-${index}.txt`);
  return ["bench", "fake:", ...reads, "- say: ok", answer].join("\n");
}
