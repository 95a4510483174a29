import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { HarnessEvent, HarnessSession, Installation, OpenOptions, ToolCall } from "@tutti/core";
import { parseScenario, type Rehearsal, startRehearsal } from "@tutti/rehearsal";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { runCommand } from "../../process/run-command.ts";
import { codex } from "./harness.ts";

/* What holds for Codex alone, seen with the real program and a rehearsed model. */

const checkout = fileURLToPath(new URL("../../../../../", import.meta.url));
const programs = process.env.TUTTI_HARNESS_CLIS ?? join(checkout, "harness-clis/node_modules/.bin");

const scenario = parseScenario(`
name: codex
models: [gpt-5.5, unlisted]
parts:
  - { name: hello, match: { user: "hello" }, steps: [{ say: "Hello." }] }
  - { name: run, match: { user: "/run: (?<command>.+)/" }, steps: [{ shell: "{{command}}" }, { say: "Ran it." }] }
  - name: terminal
    match: { user: "terminal" }
    steps: [{ call: { tool: exec_command, input: { cmd: "touch typed; cat", tty: true } } }, { say: "Tried." }]
  - name: ping
    match: { user: "ping" }
    steps: [{ call: { tool: ping, input: {} } }, { say: "Pinged." }]
  - name: child
    match: { user: "the errand" }
    steps: [{ shell: "until [ -e go ]; do sleep 0.02; done; echo errand" }, { say: "Errand done." }]
  - name: delegate
    match: { user: "delegate" }
    steps: [{ call: { tool: spawn_agent, input: { message: "the errand" } } }, { say: "Delegated." }]
`);

let installation: Installation;
let rehearsal: Rehearsal;
let folder: string;
let home: string;
let cwd: string;
const calls: ToolCall[] = [];

beforeAll(async () => {
  rehearsal = await startRehearsal({ scenario });
  const found = await codex.find(process.env, [programs]);
  assert.ok(found, `Codex is not in ${programs}`);
  installation = found;
});
afterAll(() => rehearsal.close());

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "tutti-codex-")));
  [home, cwd] = [join(folder, "home/.codex"), join(folder, "work")];
  await mkdir(home, { recursive: true });
  await mkdir(cwd);
  await mkdir(join(folder, "s"), { mode: 0o700 });
  calls.length = 0;
});
afterEach(() => rm(folder, { recursive: true, maxRetries: 10, retryDelay: 50 }));

function options(more: Partial<OpenOptions> = {}): OpenOptions {
  return {
    installation,
    environment: { PATH: process.env.PATH, HOME: join(folder, "home"), KEY: "rehearsed" },
    cwd,
    folder: join(folder, "s"),
    marker: `codex-test/${folder.slice(-6)}`,
    model: "gpt-5.5",
    provider: { wire: "responses", baseUrl: rehearsal.baseUrls.responses, apiKeyEnv: "KEY" },
    tools: [],
    async authorize(call) {
      calls.push(call);
      return { effect: "allow" };
    },
    callTool: async () => ({ ok: false, text: "" }),
    ...more,
  };
}

async function open(more: Partial<OpenOptions> = {}) {
  const opened = await codex.open(options(more));
  assert.ok(opened.ok, JSON.stringify(opened));
  return { session: opened.session, events: opened.session.events[Symbol.asyncIterator]() };
}

/** Reads until an event of this type has come. */
async function until(
  events: AsyncIterator<HarnessEvent>,
  type: HarnessEvent["type"],
): Promise<HarnessEvent[]> {
  const seen: HarnessEvent[] = [];
  for (;;) {
    const { done, value } = await events.next();
    assert.ok(!done, `the events ended without ${type}: ${JSON.stringify(seen)}`);
    seen.push(value);
    if (value.type === type) return seen;
  }
}

/** Plays one turn in a session of its own. */
async function play(text: string, more: Partial<OpenOptions> = {}): Promise<HarnessEvent[]> {
  const { session, events } = await open(more);
  await session.prompt({ id: "t1", text });
  const seen = await until(events, "turn.ended");
  await finish(session, events);
  return seen;
}

async function finish(session: HarnessSession, events: AsyncIterator<HarnessEvent>): Promise<void> {
  await session.close();
  expect((await until(events, "closed")).at(-1)).toEqual({ type: "closed" });
}

const outputs = (events: HarnessEvent[]) =>
  events.flatMap((event) => (event.type === "tool.finished" ? [event.output] : [])).join("\n");
const there = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
const lastRequest = () => JSON.stringify(rehearsal.requests.findLast(({ tools }) => tools.length > 0));

describe("the user's settings", () => {
  test("apply, and stay as they are; the repository's own need the user's trust", async () => {
    await writeFile(join(home, "AGENTS.md"), "The user's word.");
    await writeFile(join(home, "config.toml"), 'developer_instructions = "not ours to lose"\n');
    await writeFile(join(cwd, "AGENTS.md"), "The project's word.");
    await mkdir(join(cwd, ".codex"));
    await writeFile(join(cwd, ".codex/config.toml"), 'notify = ["touch", "notified"]\nmodel = "theirs"\n');
    await runCommand({ command: "git init", cwd, env: process.env, marker: "codex-test", timeoutMs: 60_000 });

    const seen = await play("hello", { model: undefined, systemPrompt: "Tutti's word." });
    expect(seen.at(-1)).toMatchObject({ type: "turn.ended", status: "completed" });
    expect(seen[0]).toMatchObject({ type: "opened", route: "provider" });
    expect(seen[0]).not.toMatchObject({ model: "theirs" });
    for (const word of ["The user's word.", "The project's word.", "Tutti's word."])
      expect(lastRequest()).toContain(word);
    expect(await readFile(join(home, "config.toml"), "utf8")).toBe(
      'developer_instructions = "not ours to lose"\n',
    );
  });

  test("that switch hooks off are refused", async () => {
    await writeFile(join(home, "config.toml"), "[features]\nhooks = false\n");
    expect(await codex.open(options())).toMatchObject({ ok: false, failure: { kind: "settings" } });
  });

  test("cannot rewrite a call behind the gate's back", async () => {
    const rewrite =
      '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"allow","updatedInput":{"command":"echo rewritten"}}}';
    const hook = `[[hooks.PreToolUse]]\n[[hooks.PreToolUse.hooks]]\ntype = "command"\ncommand = ${JSON.stringify(`cat > /dev/null; touch ${folder}/hooked; echo '${rewrite}'`)}\n`;
    await writeFile(join(home, "config.toml"), hook);
    const seen = await play("run: echo original");
    expect(outputs(seen)).toContain("original");
    expect(await there(join(folder, "hooked"))).toBe(false);
  });

  test("bring MCP servers only where they are wanted, through the gate", async () => {
    const server = join(folder, "server.mjs");
    await writeFile(server, mcpServer(join(folder, "served")));
    const entry = `[mcp_servers.ext]\ncommand = ${JSON.stringify(process.execPath)}\nargs = [${JSON.stringify(server)}]\n`;
    await writeFile(join(home, "config.toml"), `notify = ["touch", "${folder}/notified"]\n${entry}`);
    await play("hello");
    expect(await there(join(folder, "served"))).toBe(false);
    expect(await there(join(folder, "notified"))).toBe(false);

    const seen = await play("ping", { userMcpServers: true, model: "unlisted" });
    expect(calls.map(({ kind, name }) => [kind, name])).toEqual([["mcp", "mcp__ext__ping"]]);
    expect(outputs(seen)).toBe("pong");
  });

  test("that name the variables of commands leave them the session's marker, and nothing of the gate", async () => {
    await writeFile(join(home, "config.toml"), '[shell_environment_policy]\ninclude_only = ["PATH"]\n');
    const seen = await play("run: env | grep ^TUTTI_ | sort");
    expect(outputs(seen)).toContain(`TUTTI_MARKER=${options().marker}`);
    expect(outputs(seen)).not.toContain("gate.sock");
  });
});

test("commands write in their folder and speak over the network, and nothing else", async () => {
  const { exitCode } = await runCommand({
    command: [
      installation.path,
      "sandbox",
      "-c",
      'sandbox_mode="workspace-write"',
      "--",
      "/bin/sh",
      "-c",
      "exit 0",
    ],
    cwd,
    env: { ...process.env, HOME: join(folder, "home") },
    marker: "codex-test",
    timeoutMs: 60_000,
  });
  // Codex lets commands write below /tmp, where a checkout may lie, too.
  const elsewhere = await mkdtemp("/var/tmp/tutti-codex-");
  const outside = join(elsewhere, "written");
  const seen = await play(`run: echo in > inside; touch ${outside} || echo refused`);
  expect(await there(join(cwd, "inside"))).toBe(true);
  if (exitCode === 0) {
    expect(outputs(seen)).toContain("refused");
    expect(await there(outside)).toBe(false);
  } else {
    expect(seen).toContainEqual(expect.objectContaining({ type: "notice", level: "warning" }));
  }
  await rm(elsewhere, { recursive: true });
});

test("no command gets a terminal that could be typed into past the gate", async () => {
  await play("terminal");
  expect(calls).toHaveLength(1);
  expect(await there(join(cwd, "typed"))).toBe(false);
  expect(lastRequest()).not.toContain('"web_search"');
});

test("a sub-agent's calls pass the same gate, and the turn lasts until it is done", async () => {
  const { session, events } = await open({ model: "unlisted" });
  await session.prompt({ id: "t1", text: "delegate" });
  const seen: HarnessEvent[] = [];
  while (!seen.some((event) => event.type === "message" && event.text === "Delegated."))
    seen.push(...(await until(events, "message")));
  await writeFile(join(cwd, "go"), "");
  seen.push(...(await until(events, "turn.ended")));
  const [delegation, errand] = calls;
  expect(delegation).toMatchObject({ kind: "subagent", name: "spawn_agent" });
  expect(delegation?.agent).toBeUndefined();
  expect(errand).toMatchObject({ kind: "shell", agent: expect.any(String) });
  expect(outputs(seen)).toContain("errand");
  expect(seen).toContainEqual(expect.objectContaining({ text: "Errand done.", agent: errand?.agent }));
  expect(seen.at(-1)).toEqual({ type: "turn.ended", turn: "t1", status: "completed" });
  await finish(session, events);
});

describe("the hook", () => {
  test("serves without Perl", async () => {
    const environment = { ...options().environment, PATH: join(folder, "nothing") };
    expect(outputs(await play("run: echo hi", { environment }))).toContain("hi");
    expect(calls).toHaveLength(1);
  });

  test("that gets no answer denies", async () => {
    const seen = await play("run: touch ran", { authorize: () => Promise.reject(new Error("no answer")) });
    expect(seen.at(-1)).toMatchObject({ status: "completed" });
    expect(await there(join(cwd, "ran"))).toBe(false);
  });

  test("that dies lets a call pass: a breach, which ends the session", async () => {
    const bin = join(folder, "bin");
    await mkdir(bin);
    await writeFile(join(bin, "perl"), "#!/bin/sh\nkill -9 $PPID\n");
    await chmod(join(bin, "perl"), 0o755);
    const environment = { ...options().environment, PATH: `${bin}:${process.env.PATH}` };
    const { session, events } = await open({ environment });
    await session.prompt({ id: "t1", text: "run: sleep 1000" });
    expect((await until(events, "turn.ended")).at(-1)).toMatchObject({
      status: "failed",
      failure: { kind: "gate" },
    });
    expect((await until(events, "closed")).at(-1)).toMatchObject({ failure: { kind: "gate" } });
    expect(calls).toEqual([]);
    await expect(session.prompt({ id: "t2", text: "hello" })).rejects.toThrow("has ended");
  });
});

test("a session that is not there cannot go on", async () => {
  const nativeId = "01a20000-0000-7000-8000-000000000000";
  const opened = await codex.open(options({ resume: { nativeId } }));
  expect(opened).toMatchObject({ ok: false, failure: { kind: "other" } });
});

test("a login that is there is found", async () => {
  const { environment } = options();
  expect(await codex.login(installation, environment)).toMatchObject({ found: false });
  await writeFile(join(home, "auth.json"), '{"OPENAI_API_KEY":"sk-rehearsed"}');
  expect(await codex.login(installation, environment)).toEqual({
    found: true,
    where: join(home, "auth.json"),
  });
  const { session, events } = await open({ provider: undefined });
  expect((await until(events, "opened")).at(-1)).toMatchObject({ route: "own" });
  await finish(session, events);
  await writeFile(join(home, "config.toml"), `openai_base_url = "${rehearsal.baseUrls.responses}"\n`);
  const redirected = await open({ provider: undefined });
  expect((await until(redirected.events, "opened")).at(-1)).toMatchObject({ route: "redirected" });
  await finish(redirected.session, redirected.events);
});

function mcpServer(sign: string): string {
  return `
import { createInterface } from "node:readline";
import { writeFileSync } from "node:fs";
writeFileSync(${JSON.stringify(sign)}, "");
const results = {
  initialize: ({ protocolVersion }) => ({ protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "ext", version: "1" } }),
  "tools/list": () => ({ tools: [{ name: "ping", description: "Pings.", inputSchema: { type: "object", properties: {} } }] }),
  "tools/call": () => ({ content: [{ type: "text", text: "pong" }] }),
};
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  if (id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id, result: results[method]?.(params) ?? {} }));
}
`;
}
