import { chmod, mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type {
  GateAnswer,
  HarnessEvent,
  HarnessSession,
  Installation,
  OpenOptions,
  ToolCall,
} from "@tutti/core";
import { loadScenario, parseScenario, type Rehearsal, startRehearsal } from "@tutti/rehearsal";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { claudeCode } from "./harness.ts";

const checkout = fileURLToPath(new URL("../../../../../", import.meta.url));
const programs = process.env.TUTTI_HARNESS_CLIS ?? join(checkout, "harness-clis/node_modules/.bin");

const parts = `
name: claude-code
parts:
  - name: delegate
    match: { user: "please delegate" }
    steps:
      - call: { tool: Agent, input: { description: d, prompt: "scenario: shell inner", subagent_type: general-purpose } }
      - say: delegated
  - name: fail after reading
    match: { user: "please look" }
    steps:
      - together: [{ read: { path: note.txt } }, { shell: "ls -la" }]
      - say: looked
`;

let installation: Installation;
let rehearsal: Rehearsal;
let folder: string;
let home: string;
let cwd: string;
let opened: HarnessSession[];

beforeAll(async () => {
  const found = await claudeCode.find(process.env, [programs]);
  if (!found) throw new Error(`Claude Code is not in ${programs}`);
  installation = found;
});

beforeEach(async () => {
  const shared = await loadScenario(join(checkout, "packages/rehearsal/scenarios/conformance.yaml"));
  rehearsal = await startRehearsal({
    scenario: { ...shared, parts: [...parseScenario(parts).parts, ...shared.parts] },
  });
  folder = await realpath(await mkdtemp(join(tmpdir(), "tutti-cc-")));
  [home, cwd] = [join(folder, "home"), join(folder, "work")];
  await Promise.all([mkdir(home), mkdir(cwd), mkdir(join(folder, "session"))]);
  opened = [];
});

afterEach(async () => {
  await Promise.all(opened.map((session) => session.close()));
  await rehearsal.close();
  await rm(folder, { recursive: true, maxRetries: 10, retryDelay: 50 });
});

/** A person whose environment holds a key, and sends everything to the rehearsal. */
function options(more: Partial<OpenOptions> = {}): OpenOptions {
  return {
    installation,
    cwd,
    folder: join(folder, "session"),
    marker: `claude-code-test/${folder.slice(-6)}`,
    model: "claude-sonnet-4-5",
    tools: [],
    authorize: async () => ({ effect: "allow" }),
    callTool: async () => ({ ok: true, text: "" }),
    ...more,
    environment: {
      PATH: process.env.PATH,
      HOME: home,
      ANTHROPIC_BASE_URL: rehearsal.baseUrls.anthropic,
      ANTHROPIC_API_KEY: "own-key",
      CLAUDE_CODE_MAX_RETRIES: "1",
      ...more.environment,
    },
  };
}

async function open(more: Partial<OpenOptions> = {}): Promise<HarnessSession> {
  const result = await claudeCode.open(options(more));
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  opened.push(result.session);
  return result.session;
}

/** Reads events until one of this type has come (so many times). */
async function until(
  session: HarnessSession,
  type: HarnessEvent["type"],
  times = 1,
): Promise<HarnessEvent[]> {
  const seen: HarnessEvent[] = [];
  const events = readers.get(session) ?? session.events[Symbol.asyncIterator]();
  readers.set(session, events);
  for (;;) {
    const { done, value } = await events.next();
    if (done) throw new Error(`the events ended without ${type}: ${JSON.stringify(seen)}`);
    seen.push(value);
    if (seen.filter((event) => event.type === type).length === times) return seen;
  }
}
const readers = new WeakMap<HarnessSession, AsyncIterator<HarnessEvent>>();

/** A whole turn, and what it told. */
async function turn(session: HarnessSession, text: string, id = "t1"): Promise<HarnessEvent[]> {
  await session.prompt({ id, text });
  return until(session, "turn.ended");
}

const ends = (events: HarnessEvent[]) =>
  events.flatMap((event) => (event.type === "turn.ended" ? [event.status] : []));
const messages = (events: HarnessEvent[]) =>
  events.flatMap((event) => (event.type === "message" ? [event.text] : []));

async function write(path: string, content: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

const places = {
  user: () => join(home, ".claude/settings.json"),
  project: () => join(cwd, ".claude/settings.json"),
  local: () => join(cwd, ".claude/settings.local.json"),
};
type Place = keyof typeof places;

describe("settings that switch hooks off are refused", () => {
  test.each([
    ["user", { disableAllHooks: true }, /disableAllHooks in the user's settings\.json/],
    ["project", { disableAllHooks: true }, /disableAllHooks in the repository's \.claude\/settings\.json/],
    ["local", { disableAllHooks: true }, /disableAllHooks in .*settings\.local\.json/],
    ["user", { allowManagedHooksOnly: true }, /allowManagedHooksOnly/],
    ["user", { env: { CLAUDE_CODE_SIMPLE: "1" } }, /CLAUDE_CODE_SIMPLE in the env of/],
    ["project", { env: { CLAUDE_CODE_SAFE_MODE: "true" } }, /CLAUDE_CODE_SAFE_MODE in the env of/],
  ] as const)("%s settings %j", async (place, settings, message) => {
    await write(places[place](), settings);
    const result = await claudeCode.open(options());
    expect(result).toMatchObject({
      ok: false,
      failure: { kind: "settings", message: expect.stringMatching(message) },
    });
  });

  test("so is an environment that does", async () => {
    const result = await claudeCode.open(options({ environment: { CLAUDE_CODE_SIMPLE: "1" } }));
    expect(result).toMatchObject({ ok: false, failure: { kind: "settings" } });
  });
});

describe("the gate sees every call, whatever the settings", () => {
  const allowEverything = { permissions: { allow: ["Bash", "Read", "Bash(*)"], defaultMode: "acceptEdits" } };

  test.each<Place>(["user", "project", "local"])("%s settings allow everything", async (place) => {
    await write(join(cwd, "note.txt"), "note");
    await write(places[place](), allowEverything);
    await write(join(home, ".claude.json"), { projects: { [cwd]: { hasTrustDialogAccepted: true } } });
    const calls: ToolCall[] = [];
    const session = await open({
      authorize: async (call): Promise<GateAnswer> => {
        calls.push(call);
        return { effect: "deny", reason: "no" };
      },
    });
    const told = await turn(session, "please look");
    expect(calls.map(({ kind }) => kind).sort()).toEqual(["read", "shell"]);
    expect(told.some(({ type }) => type === "tool.started")).toBe(false);
    expect(ends(told)).toEqual(["completed"]);
  });

  test.each<Place>(["user", "project"])(
    "a hook of %s settings can neither allow nor rewrite a call",
    async (place) => {
      const answer = {
        hookSpecificOutput: {
          hookEventName: "PreToolUse",
          permissionDecision: "allow",
          updatedInput: { command: `touch ${cwd}/rewritten` },
        },
      };
      const command = `touch ${cwd}/hook-ran; echo '${JSON.stringify(answer)}'`;
      await write(places[place](), {
        hooks: { PreToolUse: [{ matcher: "*", hooks: [{ type: "command", command }] }] },
      });
      const denying = await open({ authorize: async () => ({ effect: "deny", reason: "no" }) });
      await turn(denying, `scenario: touch ${cwd}/denied`);
      await denying.close();
      const allowing = await open();
      await turn(allowing, `scenario: touch ${cwd}/allowed`);
      expect(await exists(join(cwd, "denied"))).toBe(false);
      expect(await exists(join(cwd, "rewritten"))).toBe(false);
      expect(await exists(join(cwd, "hook-ran"))).toBe(false);
      expect(await exists(join(cwd, "allowed"))).toBe(true);
    },
  );

  test("a program whose hooks are off is caught at its first call, and nothing of it goes on", async () => {
    const path = join(folder, "hookless");
    await write(path, `#!/bin/sh\nexec '${installation.path}' --bare "$@"\n`);
    await chmod(path, 0o755);
    const asked: ToolCall[] = [];
    const session = await open({
      installation: { path, version: installation.version },
      authorize: async (call) => {
        asked.push(call);
        return { effect: "allow" };
      },
    });
    await session.prompt({ id: "t1", text: `scenario: touch ${cwd}/touched` });
    const told = await until(session, "closed");
    expect(asked).toEqual([]);
    expect(told.at(-2)).toMatchObject({ type: "turn.ended", status: "failed", failure: { kind: "gate" } });
    expect(told.at(-1)).toMatchObject({ type: "closed", failure: { kind: "gate" } });
    expect(await exists(join(cwd, "touched"))).toBe(false);
  });

  test("a call that needs no permission is caught as well", async () => {
    const path = join(folder, "hookless");
    await write(path, `#!/bin/sh\nexec '${installation.path}' --bare "$@"\n`);
    await chmod(path, 0o755);
    const session = await open({ installation: { path, version: installation.version } });
    await session.prompt({ id: "t1", text: "scenario: shell harmless" });
    const told = await until(session, "closed");
    expect(told.at(-1)).toMatchObject({ failure: { kind: "gate" } });
    expect(messages(told)).not.toContain("shell: ok");
  });
});

describe("sub-agents", () => {
  test("pass the same gate, within the turn", async () => {
    const calls: ToolCall[] = [];
    const session = await open({
      authorize: async (call) => {
        calls.push(call);
        return { effect: "allow" };
      },
    });
    const told = await turn(session, "please delegate");
    expect(calls.map(({ kind, agent }) => [kind, agent !== undefined])).toEqual([
      ["subagent", false],
      ["shell", true],
    ]);
    expect(messages(told).at(-1)).toBe("delegated");
    expect(told.filter(({ type }) => type === "tool.finished")).toHaveLength(2);
  });

  test("that go on in the background start a turn that nobody started", async () => {
    const session = await open({ environment: { CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: "0" } });
    await session.prompt({ id: "t1", text: "please delegate" });
    const told = await until(session, "turn.ended", 2);
    const started = told.flatMap((event) => (event.type === "turn.started" ? [event.origin] : []));
    expect(started).toEqual(["prompt", "background"]);
    expect(ends(told)).toEqual(["completed", "completed"]);
    expect(await exists(join(cwd, "nothing"))).toBe(false);
    expect(messages(await turn(session, "scenario: basic", "t2"))).toEqual(["basic: ok"]);
  });
});

describe("text for a running turn", () => {
  test("that comes after the last call is answered in the same turn", async () => {
    const session = await open();
    await session.prompt({ id: "t1", text: "scenario: stream" });
    await until(session, "delta");
    expect(await session.steer("please steer")).toBe(true);
    const told = await until(session, "turn.ended");
    expect(messages(told).at(-1)).toBe("steered: ok");
  });

  test("that waits when the turn is interrupted starts nothing", async () => {
    const session = await open();
    await session.prompt({ id: "t1", text: `scenario: steer ${cwd}/never` });
    await until(session, "tool.started");
    expect(await session.steer("please steer")).toBe(true);
    await session.interrupt();
    expect(ends(await until(session, "turn.ended"))).toEqual(["interrupted"]);
    const next = await turn(session, "scenario: after-interrupt", "t2");
    expect(messages(next)).toEqual(["after-interrupt: ok"]);
  });
});

test("a turn can be interrupted at once, and the next one plays", async () => {
  const session = await open();
  for (const id of ["t1", "t2", "t3"]) {
    await session.prompt({ id, text: "scenario: endless" });
    await session.interrupt();
    expect((await until(session, "turn.ended")).at(-1)).toMatchObject({ turn: id, status: "interrupted" });
  }
  expect(messages(await turn(session, "scenario: after-interrupt", "t4"))).toEqual(["after-interrupt: ok"]);
});

test("a prompt that begins with a slash is words, not a command of the program", async () => {
  const session = await open();
  expect(messages(await turn(session, "/clear scenario: basic"))).toEqual(["basic: ok"]);
});

test("instructions of the user and of the repository reach the model", async () => {
  await write(join(home, ".claude/CLAUDE.md"), "The user likes short answers.");
  await write(join(cwd, "CLAUDE.md"), "The repository uses tabs.");
  const session = await open();
  await turn(session, "scenario: basic");
  const asked = JSON.stringify(rehearsal.requests.at(-1)?.body);
  expect(asked).toContain("The user likes short answers.");
  expect(asked).toContain("The repository uses tabs.");
});

describe("logins and routes", () => {
  const credentials = JSON.stringify({
    claudeAiOauth: {
      accessToken: "own-token",
      refreshToken: "r",
      expiresAt: 9_999_999_999_999,
      scopes: ["user:inference"],
      subscriptionType: "max",
    },
  });

  test("an endpoint of the environment is told as redirected", async () => {
    const [first] = await until(await open(), "opened");
    expect(first).toMatchObject({ type: "opened", route: "redirected", model: "claude-sonnet-4-5" });
  });

  test("the user's apiKeyHelper is used", async () => {
    await write(places.user(), { apiKeyHelper: "echo helped-key" });
    const session = await open({ environment: { ANTHROPIC_API_KEY: undefined } });
    await turn(session, "scenario: basic");
    expect(rehearsal.requests.at(-1)?.headers["x-api-key"]).toBe("helped-key");
  });

  test("a model provider gets its own key, and nothing of the user's logins", async () => {
    await write(join(home, ".claude/.credentials.json"), credentials);
    await write(places.user(), {
      apiKeyHelper: "echo own-helped-key",
      env: {
        ANTHROPIC_BASE_URL: "http://127.0.0.1:1",
        ANTHROPIC_AUTH_TOKEN: "own-auth-token",
        ANTHROPIC_CUSTOM_HEADERS: "X-Own: own-header",
      },
    });
    const provider = {
      baseUrl: rehearsal.baseUrls.anthropic,
      wire: "anthropic",
      apiKeyEnv: "PROVIDER_KEY",
    } as const;
    const session = await open({ provider, environment: { PROVIDER_KEY: "their-key" } });
    await turn(session, "scenario: basic");
    const headers = JSON.stringify(rehearsal.requests.at(-1)?.headers);
    expect(headers).toContain("their-key");
    expect(headers).not.toContain("own-");
    expect(JSON.stringify(await readFile(join(folder, "session/settings.json"), "utf8"))).not.toContain(
      "their-key",
    );
  });

  test("a model provider without its key is not logged in", async () => {
    const provider = {
      baseUrl: rehearsal.baseUrls.anthropic,
      wire: "anthropic",
      apiKeyEnv: "PROVIDER_KEY",
    } as const;
    expect(await claudeCode.open(options({ provider }))).toMatchObject({
      failure: { kind: "not-logged-in" },
    });
  });

  test("logins are found where they are", async () => {
    const environment = { PATH: process.env.PATH, HOME: home };
    const login = (more = {}) => claudeCode.login(installation, { ...environment, ...more });
    expect(await login()).toMatchObject({ found: false });
    expect(await login({ ANTHROPIC_API_KEY: "k" })).toEqual({ found: true, where: "ANTHROPIC_API_KEY" });
    await write(join(home, ".claude/.credentials.json"), credentials);
    expect(await login()).toEqual({ found: true, where: join(home, ".claude/.credentials.json") });
  });
});

test("the user's tool servers are started only when asked for", async () => {
  const command = ["-c", `touch ${folder}/server-started; cat`];
  await write(join(home, ".claude.json"), {
    mcpServers: { mine: { type: "stdio", command: "/bin/sh", args: command } },
  });
  await turn(await open(), "scenario: basic");
  expect(await exists(join(folder, "server-started"))).toBe(false);
  await turn(await open({ userMcpServers: true, marker: "claude-code-test/mcp" }), "scenario: basic");
  expect(await exists(join(folder, "server-started"))).toBe(true);
});

test("a session that does not exist can't be resumed", async () => {
  const result = await claudeCode.open(
    options({ resume: { nativeId: "99999999-9999-4999-8999-999999999999" } }),
  );
  expect(result).toMatchObject({
    ok: false,
    failure: { kind: "other", message: expect.stringMatching(/No conversation found/) },
  });
});

test("usage of a resumed session counts only what is new", async () => {
  const usage = (events: HarnessEvent[]) =>
    events.flatMap((event) => (event.type === "usage" ? [[event.usage.input, event.usage.costUsd]] : []));
  const first = await open();
  const told = await turn(first, "scenario: basic");
  await first.close();
  const [start] = told;
  const nativeId = start?.type === "opened" ? start.nativeId : "";
  const again = await turn(await open({ resume: { nativeId } }), "scenario: basic");
  expect(usage(again)).toEqual(usage(told));
  expect(usage(again)).toHaveLength(1);
});
