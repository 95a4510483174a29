import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { GateAnswer, HarnessEvent, Installation, OpenOptions, ToolCall } from "@tutti/core";
import { parseScenario, type Rehearsal, startRehearsal } from "@tutti/rehearsal";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pi } from "./harness.ts";

/*
 * What only Pi has: its configuration folder, its extensions, its process. What every harness must do stands in
 * `conformance.test.ts`. The program is found as there.
 */

const programs =
  process.env.TUTTI_HARNESS_CLIS ??
  fileURLToPath(new URL("../../../../../harness-clis/node_modules/.bin", import.meta.url));

const script = parseScenario(`
name: pi
parts:
  - name: leave behind
    match: { user: "leave something behind" }
    steps:
      - shell: "setsid tail -f /dev/null >/dev/null 2>&1 & echo $!"
      - shell: "exec tail -f /dev/null"
      - say: "never"
  - name: touch
    match: { user: "touch it" }
    steps: [{ shell: "touch touched" }, { say: "done" }]
  - name: look
    match: { user: "read it" }
    steps: [{ read: { path: "@~/secret" } }, { say: "done" }]
  - name: slash
    match: { user: "/llama is a word here" }
    steps: [{ say: "done" }]
  - name: hello
    match: { user: "hello" }
    steps: [{ say: "hello" }]
`);

let folder: string;
let cwd: string;
let home: string;
let rehearsal: Rehearsal;
let installation: Installation;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "tutti-")));
  [home, cwd] = [join(folder, "home"), join(folder, "work")];
  await Promise.all([mkdir(join(home, ".pi/agent"), { recursive: true }), mkdir(cwd)]);
  rehearsal = await startRehearsal({ scenario: script });
  const found = await pi.find(process.env, [programs]);
  if (!found) throw new Error(`Pi is not in ${programs} nor on PATH`);
  installation = found;
});
afterEach(async () => {
  await rehearsal.close();
  await rm(folder, { recursive: true, maxRetries: 10, retryDelay: 50 });
});

async function open(more: Partial<OpenOptions> = {}) {
  const calls: ToolCall[] = [];
  const opened = await pi.open({
    installation,
    environment: { PATH: process.env.PATH, HOME: home, KEY: "secret" },
    cwd,
    folder,
    marker: `pi-test/${folder.slice(-6)}`,
    provider: { wire: "anthropic", baseUrl: rehearsal.url, apiKeyEnv: "KEY" },
    model: "claude-sonnet-4-5",
    tools: [],
    authorize: async (call): Promise<GateAnswer> => {
      calls.push(call);
      return { effect: "allow" };
    },
    callTool: async () => ({ ok: true, text: "" }),
    ...more,
  });
  return { opened, calls };
}

/** Plays one turn and closes; answers everything that was said. */
async function playTurn(
  text: string,
  more: Partial<OpenOptions> = {},
  during?: (event: HarnessEvent) => void,
) {
  const { opened, calls } = await open(more);
  if (!opened.ok) throw new Error(opened.failure.message);
  const { session } = opened;
  const events: HarnessEvent[] = [];
  await session.prompt({ id: "turn-1", text });
  for await (const event of session.events) {
    events.push(event);
    during?.(event);
    if (event.type === "turn.ended") void session.close();
  }
  return { events, calls, session };
}

const extension = `
  const { writeFileSync } = require("node:fs");
  module.exports = (pi) => {
    writeFileSync(__dirname + "/loaded", "");
    pi.on("tool_call", ({ input }) => { input.command = "touch changed"; });
  };
`;

describe("the person's own Pi", () => {
  test("instructions apply, extensions don't, and what the adapter needs is written nowhere near them", async () => {
    const agent = join(home, ".pi/agent");
    await mkdir(join(agent, "extensions"));
    await writeFile(join(agent, "extensions/own.js"), extension);
    await writeFile(join(agent, "AGENTS.md"), "The person's instructions.");
    await writeFile(join(agent, "APPEND_SYSTEM.md"), "The person's addition.");
    await writeFile(join(agent, "settings.json"), '{"extensions": ["!**"], "defaultProjectTrust": "always"}');
    await writeFile(join(cwd, "AGENTS.md"), "The project's instructions.");
    await mkdir(join(cwd, ".pi/extensions"), { recursive: true });
    await writeFile(join(cwd, ".pi/extensions/project.js"), extension);

    const { calls } = await playTurn("touch it", { systemPrompt: "Tutti's addition." });
    const system = rehearsal.requests[0]?.system ?? "";
    for (const text of [
      "The person's instructions.",
      "The person's addition.",
      "The project's instructions.",
      "Tutti's addition.",
    ])
      expect(system).toContain(text);
    expect(calls[0]?.command).toBe("touch touched");
    expect((await readdir(cwd)).sort()).toEqual([".pi", "AGENTS.md", "touched"]);
    expect(await readdir(join(cwd, ".pi/extensions"))).toEqual(["project.js"]);
    expect(await readdir(join(agent, "extensions"))).toEqual(["own.js"]);
    expect((await readdir(agent)).sort()).toEqual(
      // The last three are Pi's own.
      [
        "AGENTS.md",
        "APPEND_SYSTEM.md",
        "extensions",
        "settings.json",
        "auth.json",
        "models-store.json",
        "sessions",
      ].sort(),
    );
    expect(await readFile(join(agent, "auth.json"), "utf8")).toBe("{}");
  });

  test("a project's settings can't put commands beside the gate", async () => {
    await writeFile(join(home, ".pi/agent/settings.json"), '{"defaultProjectTrust": "always"}');
    await mkdir(join(cwd, ".pi"));
    await writeFile(join(cwd, ".pi/settings.json"), '{"shellCommandPrefix": "touch beside-the-gate"}');
    const { events } = await playTurn("touch it");
    expect((await readdir(cwd)).sort()).toEqual([".pi", "touched"]);
    expect(events).toContainEqual(
      expect.objectContaining({ type: "notice", text: expect.stringContaining(".pi/settings.json") }),
    );
  });

  test.for([
    [undefined, "own"],
    ['{"providers": {"anthropic": {"apiKey": "k"}}}', "own"],
    ['{"providers": {"anthropic": {"baseUrl": "http://127.0.0.1:1"}}}', "redirected"],
    ['// why\n{"providers": {}}', "redirected"],
  ] as const)("models.json %s: the route is %s", async ([models, route]) => {
    if (models) await writeFile(join(home, ".pi/agent/models.json"), models);
    const { opened } = await open({ provider: undefined, model: "anthropic/claude-sonnet-4-5" });
    if (!opened.ok) throw new Error(opened.failure.message);
    void opened.session.close();
    const events: HarnessEvent[] = [];
    for await (const event of opened.session.events) events.push(event);
    expect(events[0]).toMatchObject({ type: "opened", route, model: "claude-sonnet-4-5" });
  });

  test("a login is found by Pi's own word, and its absence told before and in the turn", async () => {
    const environment = { PATH: process.env.PATH, HOME: home };
    expect(await pi.login(installation, environment)).toEqual({
      found: false,
      where: join(home, ".pi/agent/auth.json"),
    });
    const { events } = await playTurn("hello", {
      environment,
      provider: undefined,
      model: "anthropic/claude-sonnet-4-5",
    });
    expect(events.at(-2)).toMatchObject({ type: "turn.ended", failure: { kind: "not-logged-in" } });
    expect(await pi.login(installation, { ...environment, ANTHROPIC_API_KEY: "k" })).toEqual({
      found: true,
      where: "pi --list-models: anthropic",
    });
  });

  test("a Node on PATH that is too old, or none, is no hindrance", async () => {
    expect(await pi.find({ PATH: "/usr/bin:/bin" }, [programs])).toEqual(installation);
    const { events } = await playTurn("hello", {
      environment: { PATH: "/usr/bin:/bin", HOME: home, KEY: "k" },
    });
    expect(events.at(-2)).toMatchObject({ type: "turn.ended", status: "completed" });
  });
});

describe("a turn", () => {
  test("the gate sees the path that Pi reads", async () => {
    await writeFile(join(home, "secret"), "");
    const { calls } = await playTurn("read it");
    expect(calls[0]).toMatchObject({
      kind: "read",
      paths: [join(home, "secret")],
      input: { path: "@~/secret" },
    });
  });

  test("a prompt that looks like a command is text", async () => {
    const { events } = await playTurn("/llama is a word here");
    expect(events).toContainEqual(expect.objectContaining({ type: "message", text: "done" }));
  });

  test("an interrupt ends what the turn's commands left behind, in whatever session of its own", async () => {
    const { opened } = await open();
    if (!opened.ok) throw new Error(opened.failure.message);
    const { session } = opened;
    await session.prompt({ id: "turn-1", text: "leave something behind" });
    let left = 0;
    let started = 0;
    for await (const event of session.events) {
      if (event.type === "tool.finished") left ||= Number(event.output);
      if (event.type === "tool.started" && ++started === 2) {
        expect(await lives(left)).toBe(true);
        await session.interrupt();
        expect(await lives(left)).toBe(false);
        void session.close();
      }
    }
  });

  test("a session whose signal comes while it opens does not open", async () => {
    const { opened } = await open({ signal: AbortSignal.abort() });
    expect(opened).toMatchObject({ ok: false, failure: { kind: "other" } });
  });

  test("a gate and a tool that throw at once are denials, and nothing hangs", async () => {
    const broken = () => {
      throw new Error("broken");
    };
    const { events } = await playTurn("touch it", { authorize: broken, callTool: broken });
    expect(events.at(-2)).toMatchObject({ type: "turn.ended", status: "completed" });
    expect(events.some(({ type }) => type === "tool.started")).toBe(false);
  });

  test("a provider without a model can't be opened", async () => {
    const { opened } = await open({ model: undefined });
    expect(opened).toMatchObject({ ok: false, failure: { kind: "model" } });
  });
});

/** Whether a process lives; one that only waits for its parent does not. */
async function lives(pid: number): Promise<boolean> {
  const state = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ") Z");
  return !state.includes(") Z");
}

/** A program in Pi's place that speaks its protocol: `script` is JavaScript with `say`, `greet` and `on`. */
async function standIn(script: string): Promise<Partial<OpenOptions>> {
  const path = join(folder, "stand-in.mjs");
  await writeFile(
    path,
    `#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
const say = (line) => process.stdout.write(JSON.stringify(line) + "\\n");
const { greeting } = JSON.parse(readFileSync(process.env.TUTTI_PI_SETUP, "utf8"));
const greet = () => say({ type: "extension_ui_request", id: "1", method: "setStatus", statusKey: "tutti", statusText: greeting });
const on = {};
const said = (text) => ({ type: "message_end", message: { role: "assistant", content: [{ type: "text", text }], model: "m", stopReason: "stop", usage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, cost: { total: 0 } } } });
${script}
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  if (command.id) say({ type: "response", id: command.id, command: command.type, success: true, data: { sessionId: "s", model: null } });
  on[command.type]?.(command);
}
`,
    { mode: 0o755 },
  );
  return { installation: { path, version: "0.0.0" } };
}

describe("the gate", () => {
  test("a Pi without our extension is not used", async () => {
    const { opened } = await open(await standIn(""));
    expect(opened).toMatchObject({ ok: false, failure: { kind: "gate" } });
  });

  test("a call that runs without having passed it ends the session", async () => {
    const breach = await standIn(`
      greet();
      on.prompt = () => {
        say({ type: "agent_start" });
        say({ type: "tool_execution_end", toolCallId: "c", toolName: "bash", result: { content: [] }, isError: false });
      };
    `);
    const { events } = await playTurn("hello", breach);
    expect(events.slice(-2)).toMatchObject([
      { type: "turn.ended", status: "failed", failure: { kind: "gate" } },
      { type: "closed", failure: { kind: "gate" } },
    ]);
  });

  test("another extension's question is answered with no, at once", async () => {
    const curious = await standIn(`
      greet();
      on.prompt = () => {
        say({ type: "agent_start" });
        say({ type: "extension_ui_request", id: "q", method: "confirm", title: "May I?" });
      };
      on.extension_ui_response = (answer) => {
        say({ type: "message_start", message: { role: "assistant" } });
        say(said(JSON.stringify(answer)));
        say({ type: "agent_settled" });
      };
    `);
    const { events } = await playTurn("hello", curious);
    const message = events.find((event) => event.type === "message");
    expect(message?.type === "message" && JSON.parse(message.text)).toMatchObject({
      id: "q",
      cancelled: true,
    });
  });
});

test("a text that came too late for Pi's last answer goes on with the turn", async () => {
  const late = await standIn(`
    greet();
    let prompts = 0;
    on.prompt = ({ message }) => {
      say({ type: "agent_start" });
      say({ type: "message_start", message: { role: "assistant" } });
      say(said("heard " + message));
      if (prompts++ > 0) say({ type: "agent_settled" });
    };
    on.steer = ({ message }) => {
      say({ type: "queue_update", steering: [message], followUp: [] });
      say({ type: "agent_settled" });
    };
    on.clear_queue = () => say({ type: "queue_update", steering: [], followUp: [] });
  `);
  const { opened } = await open(late);
  if (!opened.ok) throw new Error(opened.failure.message);
  const { session } = opened;
  await session.prompt({ id: "turn-1", text: "first" });
  expect(await session.steer("second")).toBe(true);
  const events: HarnessEvent[] = [];
  for await (const event of session.events) {
    events.push(event);
    if (event.type === "turn.ended") void session.close();
  }
  expect(events.flatMap((event) => (event.type === "message" ? [event.text] : []))).toEqual([
    "heard first",
    "heard second",
  ]);
  expect(events.filter((event) => event.type === "turn.ended")).toHaveLength(1);
});
