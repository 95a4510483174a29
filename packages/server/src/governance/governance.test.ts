import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  type Command,
  type CommandEnvelope,
  type PolicyUse,
  policyUseSchema,
  routes,
  type Scope,
  type Sent,
  toolCallSchema,
} from "@tutti/core";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { defaultPolicies } from "../policies/index.ts";
import type { EnginePorts } from "../server.ts";
import { createSession, type TestServer, testServer } from "../testing.ts";

let count = 0;
const fresh = (prefix: string) => `${prefix}-${++count}-of-policies`;

interface World {
  server: TestServer;
  folder: string;
  write(name: string, text: string): Promise<void>;
  send(session: string, command: Command, scope?: "person" | "orchestration"): Promise<Sent>;
  create(policies?: PolicyUse[], scope?: "person" | "orchestration"): Promise<string>;
  call(session: string, command: string): Promise<Sent>;
  serverRules(session: string): Promise<PolicyUse[]>;
}

async function world(files: Record<string, string> = {}): Promise<World> {
  const root = await mkdtemp(path.join(tmpdir(), "tutti-policies-"));
  const folder = path.join(root, "policies");
  const write = async (name: string, text: string) => {
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, name), text);
  };
  for (const [name, text] of Object.entries(files)) await write(name, text);
  let dispatch: EnginePorts["dispatch"] | undefined;
  const server = await testServer({
    policyFolder: folder,
    openEngine: async (ports) => {
      dispatch = ports.dispatch;
      return { start: async () => {}, stop: async () => {} };
    },
  });
  onTestFinished(async () => {
    await server[Symbol.asyncDispose]();
    await rm(root, { recursive: true, force: true });
  });
  const post = async (envelope: CommandEnvelope, scope: Scope): Promise<Sent> => {
    const by = { kind: scope, name: "ada" };
    return (await dispatch?.(envelope, by, scope)) ?? expect.unreachable();
  };
  const made: World = {
    server,
    folder,
    write,
    send: (session, command, scope = "person") => post({ id: fresh("command"), session, command }, scope),
    async create(policies = [], scope = "person") {
      const session = fresh("session");
      const sent = await made.send(session, createSession({ policies, workspace: "/w" }), scope);
      if (!sent.ok) throw new Error(sent.refusal.message);
      expect(await made.send(session, { type: "turn.start", turn: "t", text: "go" })).toMatchObject({
        ok: true,
      });
      return session;
    },
    async call(session, line) {
      const answer = await server.request("/v1/hosts", {
        method: "POST",
        headers: { authorization: `Bearer ${await server.token("runner")}` },
        body: JSON.stringify({ id: "here", name: "here" }),
      });
      const { lease } = routes.join.output.parse(await answer.json());
      const call = toolCallSchema.parse({
        id: fresh("call"),
        kind: "shell",
        name: "Bash",
        input: { command: line },
        command: line,
        cwd: "/w",
        fingerprint: line,
      });
      const command: Command = { type: "tool.request", turn: "t", approval: fresh("approval"), call };
      return post({ id: fresh("command"), session, command, lease }, "runner");
    },
    async serverRules(session) {
      const answer = await server.request(`/v1/sessions/${session}`);
      const { state } = routes.session.output.parse(await answer.json());
      const { policies } = z.object({ policies: z.array(policyUseSchema) }).parse(state);
      return policies.filter(({ level }) => level === "server");
    },
  };
  return made;
}

const decision = (sent: Sent) => (sent.ok ? sent.receipt.decision : sent.refusal);
const rule = (word: string, effect = "deny") =>
  `rules:\n  - { name: no-${word}, when: 'call.command.contains("${word}")', effect: ${effect}, reason: not here }\n`;
const program = (word: string) => `
import type { Policy } from "@tutti/core";
import { z } from "zod";
export const policy: Policy<{ word: string }, number> = {
  name: "mine",
  summary: "for this test",
  phases: ["tool-call"],
  params: z.object({ word: z.string().default("${word}") }),
  state: z.number().default(0),
  evaluate(action, { word }, seen) {
    if (action.phase !== "tool-call") return undefined;
    if (seen >= 2) return { effect: "ask", reason: "that is three", state: 0 };
    if (action.call.command?.includes(word)) return { effect: "deny", reason: "mine says no to " + word };
    return { effect: "allow", state: seen + 1 };
  },
};
`;

test("the server's own rules are in force from the first start", async () => {
  const { create, call, serverRules } = await world();
  const session = await create();
  expect(await serverRules(session)).toEqual(defaultPolicies);
  expect(decision(await call(session, "npm test"))).toEqual({ effect: "allow" });
  expect(decision(await call(session, "cat ~/.ssh/id_rsa"))).toMatchObject({
    effect: "ask",
    policies: ["protected-paths"],
  });
});

test("a person's files add rules, replace and turn off the server's own", async () => {
  const { create, call, serverRules } = await world({
    "a.yaml": rule("terraform"),
    "b.yaml":
      "policies:\n  - { name: protected-paths, params: { effect: deny } }\n  - { name: detect-loop, off: true }\n",
  });
  const session = await create();
  expect((await serverRules(session)).map(({ name }) => name).sort()).toEqual(
    [...defaultPolicies.map(({ name }) => name).filter((name) => name !== "detect-loop"), "rules"].sort(),
  );
  expect(decision(await call(session, "terraform apply"))).toEqual({
    effect: "deny",
    reason: "not here (rule no-terraform)",
    policies: ["a.yaml"],
  });
  expect(decision(await call(session, "cat ~/.ssh/id_rsa"))).toMatchObject({ effect: "deny" });
});

test("a program of the person's is asked, remembers in the log, and takes parameters from a file", async () => {
  const { create, call } = await world({
    "mine.ts": program("rm"),
    "mine.yaml": "policies:\n  - { name: mine, params: { word: ls } }\n",
  });
  const session = await create();
  expect(decision(await call(session, "ls"))).toMatchObject({
    effect: "deny",
    reason: "mine says no to ls",
    policies: ["mine"],
  });
  expect(decision(await call(session, "rm x"))).toEqual({ effect: "allow" });
  expect(decision(await call(session, "pwd"))).toEqual({ effect: "allow" });
  expect(decision(await call(session, "date"))).toMatchObject({ effect: "ask", reason: "that is three" });
});

test("with a broken file no session begins, and those that are there go on by the last sound rules", async () => {
  const { create, call, write, send, serverRules } = await world({ "a.yaml": rule("terraform") });
  const session = await create();
  const before = await serverRules(session);
  await write("a.yaml", rule("terraform").replace("call.command", "call.comand"));
  await expect(create()).rejects.toThrow(
    /policy files are broken.*a\.yaml:2:\d+: rules\.0\.when: No such key: comand/,
  );
  const child = createSession({ parent: session });
  expect(await send(fresh("session"), child, "orchestration")).toMatchObject({ ok: true });
  expect(decision(await call(session, "terraform apply"))).toMatchObject({ effect: "deny" });
  expect(await serverRules(session)).toEqual(before);

  await write("a.yaml", rule("pulumi"));
  const next = await create();
  expect(decision(await call(next, "terraform plan"))).toEqual({ effect: "allow" });
  await write("b.ts", "export const policy = 1;");
  await expect(create()).rejects.toThrow(/b\.ts: it exports no `policy`/);
});

test("open sessions get the rules as they are when the server starts again", async () => {
  const { create, call, write, serverRules, server } = await world({ "a.yaml": rule("terraform") });
  const session = await create();
  await server.stop();
  await write("a.yaml", rule("pulumi"));
  await server.start();
  expect(JSON.stringify(await serverRules(session))).toContain("no-pulumi");
  expect(decision(await call(session, "pulumi up"))).toMatchObject({ effect: "deny" });
  await server.stop();
  await write("a.yaml", "rules: [");
  await server.start();
  expect(JSON.stringify(await serverRules(session))).toContain("no-pulumi");
  await expect(create()).rejects.toThrow(/policy files are broken/);
});

test("a repository's files hold for its agents, and a mistake in one is told", async () => {
  const { create, call } = await world();
  const file = (name: string, content: string): PolicyUse => ({
    name: "file",
    params: { file: `.tutti/policies/${name}`, content },
    level: "agent",
  });
  const session = await create(
    [file("team.yaml", rule("terraform")), file("mine.ts", program("wget"))],
    "orchestration",
  );
  expect(decision(await call(session, "terraform plan"))).toMatchObject({ policies: ["team.yaml"] });
  expect(decision(await call(session, "wget x"))).toMatchObject({ policies: ["mine"] });
  await expect(create([file("team.yaml", "rules: 1")], "orchestration")).rejects.toThrow(
    /team\.yaml:1:1: rules/,
  );
  await expect(create([file("mine.ts", "throw 1")], "orchestration")).rejects.toThrow(/mine\.ts: /);
});

test("nobody but the server puts programs and the server's rules in force", async () => {
  const { create, send } = await world();
  const file: PolicyUse = {
    name: "file",
    params: { file: "mine.ts", content: program("x") },
    level: "session",
  };
  await expect(create([file])).rejects.toThrow(/a program is put in force by a file/);
  const session = await create();
  expect(await send(session, { type: "policies.set", level: "server", uses: [] })).toMatchObject({
    ok: false,
  });
  expect(
    await send(session, {
      type: "policies.set",
      level: "session",
      uses: [{ name: "nobody", params: {}, level: "session" }],
    }),
  ).toMatchObject({ ok: false, refusal: { message: expect.stringContaining("no policy named nobody") } });
  expect(
    await send(session, {
      type: "policies.set",
      level: "session",
      uses: [{ name: "ask-on-tools", params: { tools: ["shell"] }, level: "session" }],
    }),
  ).toMatchObject({ ok: true });
});
