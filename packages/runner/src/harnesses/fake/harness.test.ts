import { mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GateAnswer, HarnessEvent, HarnessSession, OpenOptions, ToolCall } from "@tutti/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fake } from "./harness.ts";

let cwd: string;
const calls: ToolCall[] = [];

beforeEach(async () => {
  cwd = await realpath(await mkdtemp(join(tmpdir(), "tutti-fake-")));
  calls.length = 0;
});
afterEach(() => rm(cwd, { recursive: true }));

function options(more: Partial<OpenOptions> = {}): OpenOptions {
  return {
    installation: { path: process.execPath, version: "1.0.0" },
    environment: { TUTTI_FAKE_HARNESS: "1", PATH: process.env.PATH },
    cwd,
    folder: cwd,
    marker: `fake-test-${process.pid}`,
    tools: [{ name: "note", description: "Notes", inputSchema: { type: "object" } }],
    async authorize(call) {
      calls.push(call);
      return { effect: "allow" };
    },
    callTool: async ({ input }) => ({ ok: true, text: JSON.stringify(input) }),
    ...more,
  };
}

async function open(more: Partial<OpenOptions> = {}): Promise<HarnessSession> {
  const opened = await fake.open(options(more));
  if (!opened.ok) throw new Error(opened.failure.message);
  return opened.session;
}

/** Reads until an event of this type has come. */
async function until(
  events: AsyncIterator<HarnessEvent>,
  type: HarnessEvent["type"],
): Promise<HarnessEvent[]> {
  const seen: HarnessEvent[] = [];
  for (;;) {
    const { done, value } = await events.next();
    if (done) throw new Error(`the events ended without ${type}`);
    seen.push(value);
    if (value.type === type) return seen;
  }
}

const told = (events: HarnessEvent[]) =>
  events
    .filter(({ type }) => type !== "delta")
    .map((event) => ("text" in event ? `${event.type} ${event.text}` : event.type));

test("it is offered only where the environment says so", async () => {
  expect(await fake.find({}, [])).toBeUndefined();
  expect(await fake.find({ TUTTI_FAKE_HARNESS: "1" }, [])).toMatchObject({ version: "1.0.0" });
  expect(await fake.open(options({ environment: {} }))).toMatchObject({
    ok: false,
    failure: { kind: "missing" },
  });
});

test("a script's steps pass the gate, really happen, and are told", async () => {
  const script = {
    parts: [
      {
        prompt: "fix",
        system: "careful",
        steps: [
          { think: "hm" },
          { write: { path: "sub/a.txt", content: "hello" } },
          { shell: "cat sub/a.txt" },
          { call: { tool: "note", input: { x: 1 } } },
          { usage: { input: 10, output: 2, costUsd: 0.5 } },
          { say: "Fixed." },
        ],
      },
    ],
  };
  const session = await open({
    systemPrompt: "Be careful.",
    environment: { ...options().environment, TUTTI_FAKE_SCRIPT: JSON.stringify(script) },
  });
  const events = session.events[Symbol.asyncIterator]();
  await session.prompt({ id: "t1", text: "Please fix it", model: "other" });
  const seen = await until(events, "turn.ended");
  expect(told(seen)).toEqual([
    "opened",
    "turn.started",
    "reasoning hm",
    ...Array.from({ length: 3 }, () => ["tool.started", "tool.finished"]).flat(),
    "usage",
    "message Fixed.",
    "turn.ended",
  ]);
  expect(seen.flatMap((event) => (event.type === "tool.finished" ? [event.output] : []))).toEqual([
    `wrote ${join(cwd, "sub/a.txt")}`,
    "hello",
    '{"x":1}',
  ]);
  expect(seen.find(({ type }) => type === "usage")).toMatchObject({
    usage: { model: "other", costUsd: 0.5 },
  });
  expect(calls.map(({ kind, paths, command }) => ({ kind, paths, command }))).toEqual([
    { kind: "edit", paths: [join(cwd, "sub/a.txt")], command: undefined },
    { kind: "shell", paths: undefined, command: "cat sub/a.txt" },
    { kind: "lent", paths: undefined, command: undefined },
  ]);
  await session.close();
  expect(await until(events, "closed")).toEqual([{ type: "closed" }]);
  expect((await events.next()).done).toBe(true);
});

test.each([
  ["a denial", async (): Promise<GateAnswer> => ({ effect: "deny", reason: "not here" })],
  ["a gate that breaks", () => Promise.reject(new Error("not here"))],
])("%s keeps the call from happening", async (_, authorize) => {
  const session = await open({ authorize });
  const events = session.events[Symbol.asyncIterator]();
  await session.prompt({ id: "t1", text: "fake:\n- write: {path: a, content: b}" });
  expect(told(await until(events, "turn.ended"))).toEqual([
    "opened",
    "turn.started",
    "message Denied: not here",
    "turn.ended",
  ]);
  await expect(readFile(join(cwd, "a"))).rejects.toThrow("ENOENT");
  await session.close();
});

test("a turn can be steered, and interrupted in the middle of a command", async () => {
  const session = await open();
  const events = session.events[Symbol.asyncIterator]();
  expect(await session.steer("nobody")).toBe(false);
  await session.prompt({ id: "t1", text: "fake:\n- wait: steer\n- shell: sleep 1000" });
  expect(await session.steer("left")).toBe(true);
  expect(told(await until(events, "tool.started"))).toContain("message left");
  await session.interrupt();
  expect(await until(events, "turn.ended")).toMatchObject([
    { type: "tool.finished", ok: false },
    { type: "turn.ended", status: "interrupted" },
  ]);
  await session.close();
});

test("failures: at open, of a turn, of a script that cannot be read, and a crash", async () => {
  const scripted = (script: string) => ({
    environment: { ...options().environment, TUTTI_FAKE_SCRIPT: script },
  });
  expect(await fake.open(options(scripted("{open: {kind: gate, message: no}}")))).toMatchObject({
    failure: { kind: "gate" },
  });
  expect(await fake.open(options(scripted("login: false")))).toMatchObject({
    failure: { kind: "not-logged-in" },
  });
  expect(await fake.open(options(scripted("nonsense: 1")))).toMatchObject({ failure: { kind: "settings" } });
  const session = await open();
  const events = session.events[Symbol.asyncIterator]();
  for (const [id, text, kind] of [
    ["t1", "fake:\n- fail: {kind: overloaded, message: busy}", "overloaded"],
    ["t2", "fake:\n- nonsense: 1", "other"],
    ["t3", "fake:\n- crash: gone", "crashed"],
  ] as const) {
    await session.prompt({ id, text });
    expect((await until(events, "turn.ended")).at(-1)).toMatchObject({ turn: id, failure: { kind } });
  }
  expect(await until(events, "closed")).toEqual([
    { type: "closed", failure: { kind: "crashed", message: "gone" } },
  ]);
});

test("a session goes on under its id, or as a copy; an abort closes it", async () => {
  const stop = new AbortController();
  const ids = await Promise.all(
    [false, true].map(async (fork) => {
      const session = await open({ resume: { nativeId: "n1", fork }, signal: stop.signal });
      const events = session.events[Symbol.asyncIterator]();
      const [first] = await until(events, "opened");
      stop.abort();
      await until(events, "closed");
      return first?.type === "opened" && first.nativeId;
    }),
  );
  expect(ids[0]).toBe("n1");
  expect(ids[1]).not.toBe("n1");
});
