import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type {
  Environment,
  GateAnswer,
  Harness,
  HarnessCapabilities,
  HarnessEvent,
  HarnessFailure,
  HarnessSession,
  Installation,
  LentTool,
  ModelProvider,
  OpenOptions,
  ToolCall,
  Usage,
} from "@tutti/core";

/** A scripted model, reached as a model provider. */
interface Models {
  provider(wire: ModelProvider["wire"]): ModelProvider;
  /** Two ids that clients of the wire know. */
  ids(wire: ModelProvider["wire"]): readonly [string, string];
  /** What was asked for, oldest first. */
  requests(): readonly { readonly model: string; readonly system: string; readonly body: unknown }[];
}

/** What a scenario plays on: one harness with a home, a working folder and models of its own. */
export interface Stage {
  readonly harness: Harness;
  readonly installation: Installation;
  /** Has a fresh HOME and no login. */
  readonly environment: Environment;
  /** Real path of the folder that the agent works in; empty at first. */
  readonly cwd: string;
  /** Real path of a folder for everything else. */
  readonly folder: string;
  readonly models: Models;
  /** The wire that the models are reached over. */
  readonly wire: ModelProvider["wire"];
  /** Notes what a harness was seen to do, where a scenario can't say it beforehand. */
  observe(seen: Partial<HarnessCapabilities>): void;
}

/** A lent tool that says back what it is given. */
export const echoTool: LentTool = {
  name: "echo_tool",
  description: "Says back what it is given.",
  inputSchema: {
    type: "object",
    properties: { text: { type: "string" } },
    required: ["text"],
    additionalProperties: false,
  },
};

type Gate = (call: ToolCall, signal: AbortSignal) => GateAnswer | Promise<GateAnswer>;

export interface PerformanceOptions extends Partial<Omit<OpenOptions, "authorize">> {
  /** Allows everything, unless given. */
  gate?: Gate;
}

/**
 * One open session, watched. Its timeline tells what happened in words that are the same for every harness; texts that
 * only some models think, deltas, notices and usage are not in it.
 */
export interface Performance {
  readonly session: HarnessSession;
  readonly marker: string;
  readonly nativeId: string;
  readonly timeline: readonly string[];
  readonly events: readonly HarnessEvent[];
  readonly calls: readonly ToolCall[];
  /** What the adapter asked the lent tool to do. */
  readonly lent: readonly { id: string; tool: string; input: unknown }[];
  /** Starts a turn. */
  start(text: string, model?: string): Promise<string>;
  /** Plays a whole turn. */
  turn(text: string, model?: string): Promise<void>;
  /** Resolves when the timeline has held this line so many times; rejects when the events ended without it. */
  reached(line: string, times?: number): Promise<void>;
  /** Resolves with the first event, from the first on, that fits; rejects when the events ended without one. */
  seen(fits: (event: HarnessEvent) => boolean): Promise<HarnessEvent>;
  /** Closes the session, and holds its events against what every harness must keep. */
  close(): Promise<void>;
  /** Resolves when the events have ended; then the same as `close`. */
  closed(): Promise<void>;
}

/** Opens a session; the failure is an assertion error. */
export async function perform(stage: Stage, options: PerformanceOptions = {}): Promise<Performance> {
  const opened = await open(stage, options);
  assert.ok(
    "performance" in opened,
    `open failed: ${"failure" in opened ? JSON.stringify(opened.failure) : ""}`,
  );
  await opened.performance.seen(({ type }) => type === "opened");
  return opened.performance;
}

/** The failure of a session that must not get through one turn: of its opening, of its turn, or of its end. */
export async function failureOf(
  stage: Stage,
  options: PerformanceOptions = {},
  text = "scenario: basic",
): Promise<HarnessFailure> {
  const opened = await open(stage, options);
  if ("failure" in opened) return opened.failure;
  const { performance } = opened;
  try {
    await performance.start(text);
  } catch {
    // A session that has died takes no prompt; its events say why.
  }
  const failed = await performance.seen(
    (event) => event.type === "turn.ended" || (event.type === "closed" && event.failure !== undefined),
  );
  await performance.close();
  assert.ok("failure" in failed && failed.failure, `the turn did not fail: ${JSON.stringify(failed)}`);
  return failed.failure;
}

async function open(
  stage: Stage,
  { gate = () => ({ effect: "allow" }), ...more }: PerformanceOptions,
): Promise<{ performance: Performance } | { failure: HarnessFailure }> {
  const timeline: string[] = [];
  const events: HarnessEvent[] = [];
  const calls: ToolCall[] = [];
  const lent: { id: string; tool: string; input: unknown }[] = [];
  const allowed = new Set<string>();
  let over = false;
  const wake: (() => void)[] = [];
  const tell = (...lines: string[]) => {
    timeline.push(...lines);
    for (const each of wake.splice(0)) each();
  };

  const marker = `conformance/${randomUUID()}`;
  const folder = join(stage.folder, marker.slice(-8));
  await mkdir(folder, { mode: 0o700 });
  const [model] = stage.models.ids(stage.wire);
  const opened = await stage.harness.open({
    installation: stage.installation,
    environment: stage.environment,
    cwd: stage.cwd,
    folder,
    marker,
    provider: stage.models.provider(stage.wire),
    model,
    tools: [],
    async callTool(call) {
      lent.push(call);
      tell(`lent ${call.tool}`);
      return { ok: true, text: `echo: ${JSON.stringify(call.input)}` };
    },
    ...more,
    async authorize(call, signal) {
      calls.push(call);
      await eventsToSettle();
      tell(`asks ${call.kind}`);
      const answer = await gate(call, signal);
      if (answer.effect === "allow") allowed.add(call.id);
      tell(`answers ${answer.effect}`);
      return answer;
    },
  });
  if (!opened.ok) return { failure: opened.failure };

  const { session } = opened;
  const reading = (async () => {
    for await (const event of session.events) {
      events.push(event);
      tell(...lineOf(event));
    }
    over = true;
    tell();
  })();
  // A violation is thrown by whoever closes the performance.
  reading.catch(() => {});

  async function until<T>(look: () => T | undefined, what: () => string): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      assert.ok(!over, `the events ended without ${what()}:\n${timeline.join("\n")}`);
      await new Promise<void>((resolve) => {
        wake.push(resolve);
      });
    }
  }

  let turns = 0;
  const performance: Performance = {
    session,
    marker,
    get nativeId() {
      const first = events[0];
      assert.ok(first?.type === "opened", "the first event is `opened`");
      return first.nativeId;
    },
    timeline,
    events,
    calls,
    lent,
    async start(text, turnModel) {
      const id = `turn-${++turns}-${randomUUID().slice(0, 8)}`;
      await session.prompt({ id, text, ...(turnModel !== undefined && { model: turnModel }) });
      return id;
    },
    async turn(text, turnModel) {
      const id = await performance.start(text, turnModel);
      await performance.seen((event) => event.type === "turn.ended" && event.turn === id);
    },
    reached: (line, times = 1) =>
      until(
        () => (timeline.filter((each) => each === line).length >= times ? true : undefined),
        () => line,
      ).then(() => {}),
    seen: (fits) =>
      until(
        () => events.find(fits),
        () => `an event that fits ${fits}`,
      ),
    async close() {
      await session.close();
      await performance.closed();
    },
    async closed() {
      await reading;
      assertOrder(events, allowed);
    },
  };
  return { performance };
}

/** Lets a reader of events catch up with everything that was said before. */
function eventsToSettle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function lineOf(event: HarnessEvent): string[] {
  switch (event.type) {
    case "turn.started":
      return [`turn started by ${event.origin}`];
    case "message":
      return [`message ${event.text}`];
    case "tool.started":
      return ["tool started"];
    case "tool.finished":
      return [`tool finished ${event.ok ? "ok" : "badly"}`];
    case "turn.ended":
      return [`turn ended: ${event.status}${event.status === "failed" ? ` (${event.failure.kind})` : ""}`];
    case "opened":
      return ["opened"];
    case "closed":
      return [`closed${event.failure ? ` (${event.failure.kind})` : ""}`];
    default:
      return [];
  }
}

/** What holds for the events of every session, whatever happened in it. */
function assertOrder(events: readonly HarnessEvent[], allowed: ReadonlySet<string>): void {
  const turns = new Set<string>();
  const started = new Set<string>();
  let open: string | undefined;
  for (const [index, event] of events.entries()) {
    const place = `${JSON.stringify(event)} after ${JSON.stringify(events[index - 1])}`;
    if (event.type === "opened") assert.equal(index, 0, place);
    if (event.type === "closed") assert.equal(index, events.length - 1, place);
    if (event.type === "turn.started") {
      assert.equal(open, undefined, `a turn starts in a turn: ${place}`);
      assert.ok(!turns.has(event.turn), `a turn starts twice: ${place}`);
      turns.add(event.turn);
      open = event.turn;
    }
    if (event.type === "turn.ended") {
      assert.equal(open, event.turn, `a turn ends that does not run: ${place}`);
      assert.equal(started.size, 0, `a turn ends while a tool runs: ${place}`);
      open = undefined;
    }
    if (event.type === "tool.started") {
      assert.ok(allowed.has(event.call), `a tool starts that the gate did not allow: ${place}`);
      assert.ok(!started.has(event.call), `a tool starts twice: ${place}`);
      started.add(event.call);
    }
    if (event.type === "tool.finished") {
      assert.ok(started.delete(event.call), `a tool finishes that did not start: ${place}`);
    }
  }
  assert.equal(open, undefined, "a turn did not end");
  assert.equal(events.at(-1)?.type, "closed", "the last event is `closed`");
}

/** The usage of a session so far, added up over models. */
export function usageOf({ events }: Performance) {
  const entries = events.flatMap((event): Usage[] => (event.type === "usage" ? [event.usage] : []));
  const sum = (field: "input" | "cacheRead" | "cacheWrite" | "output") =>
    entries.reduce((total, entry) => total + entry[field], 0);
  return {
    input: sum("input"),
    cacheRead: sum("cacheRead"),
    cacheWrite: sum("cacheWrite"),
    output: sum("output"),
    costUsd: entries.reduce<number | null>(
      (total, { costUsd }) => (total === null || costUsd === null ? null : total + costUsd),
      0,
    ),
    sources: [...new Set(entries.map(({ costSource }) => costSource))],
    models: [...new Set(entries.map((entry) => entry.model))],
  };
}

/**
 * One thing that every harness must do: an input and the timeline that follows from it.
 *
 * `play` answers the timelines of its performances, one after the other, or the lines that tell how it failed.
 */
export interface Scenario {
  name: string;
  /** What the harness shows it can do (or can't) when the scenario plays (or doesn't). */
  shows?: Partial<HarnessCapabilities>;
  play(stage: Stage): Promise<readonly string[]>;
  timeline: readonly string[];
}
