import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  type Command,
  type CommandEnvelope,
  type Explanation,
  type PolicyCheckAnswer,
  type PolicyTestFrame,
  type PolicyTestReport,
  type PolicyUse,
  policyTestFrameSchema,
  routes,
  type Scope,
  type Sent,
  toolCallSchema,
} from "@tutti/core";
import { expect, onTestFinished, test } from "vitest";
import type { EnginePorts } from "../server.ts";
import { createSession, type TestServer, testServer } from "../testing.ts";
import { openPolicyQuestions } from "./index.ts";

let count = 0;
const fresh = (prefix: string) => `${prefix}-${++count}-of-inquiry`;

interface World {
  server: TestServer;
  root: string;
  write(name: string, text: string): Promise<string>;
  post(session: string, command: Command, scope?: Scope): Promise<Sent>;
  /** A session with an open turn. */
  begun(policies?: PolicyUse[]): Promise<string>;
  call(session: string, command: string, id?: string): Promise<{ sent: Sent; id: string }>;
  ask(path: string, body?: object): Promise<{ status: number; body: unknown }>;
  explain(id: string): Promise<Explanation>;
  replay(files: Record<string, string>): Promise<{ frames: PolicyTestFrame[]; report: PolicyTestReport }>;
}

async function world(files: Record<string, string> = {}): Promise<World> {
  const root = await mkdtemp(path.join(tmpdir(), "tutti-inquiry-"));
  const write = async (name: string, text: string) => {
    const place = path.join(root, name);
    await mkdir(path.dirname(place), { recursive: true });
    await writeFile(place, text);
    return place;
  };
  for (const [name, text] of Object.entries(files)) await write(name, text);
  let ports: EnginePorts | undefined;
  const server = await testServer({
    policyFolder: path.join(root, "policies"),
    agentFolders: [path.join(root, "agents")],
    openEngine: async (given) => {
      ports = given;
      return { start: async () => {}, stop: async () => {} };
    },
  });
  onTestFinished(async () => {
    await server[Symbol.asyncDispose]();
    await rm(root, { recursive: true, force: true });
  });
  const joined = await server.request("/v1/hosts", {
    method: "POST",
    headers: { authorization: `Bearer ${await server.token("runner")}` },
    body: JSON.stringify({ id: "here", name: "here" }),
  });
  const { lease } = routes.join.output.parse(await joined.json());
  const made: World = {
    server,
    root,
    write,
    async post(session, command, scope = "person") {
      const envelope: CommandEnvelope = { id: fresh("command"), session, command };
      const withLease = scope === "runner" ? { ...envelope, lease } : envelope;
      return (await ports?.dispatch(withLease, { kind: scope, name: "ada" }, scope)) ?? expect.unreachable();
    },
    async begun(policies = []) {
      const session = fresh("session");
      for (const command of [
        createSession({ policies, workspace: "/w" }),
        { type: "turn.start" as const, turn: "t", text: "go" },
      ])
        expect(await made.post(session, command, "orchestration")).toMatchObject({ ok: true });
      return session;
    },
    async call(session, command, id = fresh("call")) {
      const input = { command };
      const call = toolCallSchema.parse({
        ...{ id, kind: "shell", name: "Bash", input, command, cwd: "/w", fingerprint: command },
      });
      const request: Command = { type: "tool.request", turn: "t", approval: fresh("approval"), call };
      return { sent: await made.post(session, request, "runner"), id };
    },
    async ask(to, body) {
      const answer = await server.request(to, body && { method: "POST", body: JSON.stringify(body) });
      return { status: answer.status, body: await answer.json() };
    },
    async explain(id) {
      const { body } = await made.ask(`/v1/explanations/${id}`);
      return routes.explanation.output.parse(body);
    },
    async replay(texts) {
      const answer = await server.request("/v1/policy/tests", {
        method: "POST",
        body: JSON.stringify({
          files: Object.entries(texts).map(([file, content]) => ({ file, content })),
          since: "2020-01-01T00:00:00Z",
        }),
      });
      const text = await answer.text();
      const frames = text
        .split("\n\n")
        .filter(Boolean)
        .map((frame) => policyTestFrameSchema.parse(JSON.parse(frame.replace(/^data: /, ""))));
      const last = frames.at(-1);
      if (last?.type !== "done") throw new Error(`no report: ${text}`);
      return { frames, report: last.report };
    },
  };
  return made;
}

const rule = (word: string, effect: string, more = "") =>
  `rules:\n  - { name: no-${word}, when: 'call.command.contains("${word}")', effect: ${effect}, reason: not here${more} }\n`;
const agent = `name: solo\norchestration: implement-review-merge\nroles: { implementer: [{ harness: fake, model: fake-1 }] }\npolicies: [{ name: ask-on-tools, params: { tools: ["web"] } }]\n`;

test("a call is checked against the rules that an implementer would sit under, and nothing is stored", async () => {
  const { ask, write, root, server } = await world({
    "policies/mine.yaml": rule("terraform", "deny"),
    "agents/solo.yaml": agent,
  });
  const events = async () => (await server.database.pool.query("select count(*) from events")).rows;
  const before = await events();
  const check = async (about: object, more: object = {}) => {
    const { status, body } = await ask("/v1/policy/check", { about, cwd: "/w", ...more });
    expect({ status, body }).toMatchObject({ status: 200 });
    return body as PolicyCheckAnswer;
  };
  const command = (text: string) => ({ kind: "command", command: text });
  expect(await check(command("npm test"))).toMatchObject({ verdict: "allow", policy: [], reason: null });
  expect(await check(command("terraform apply"))).toMatchObject({ verdict: "deny", policy: ["mine.yaml"] });
  const push = await check(command("git push --force origin main"));
  expect(push).toMatchObject({
    verdict: "ask",
    policy: expect.arrayContaining(["destructive-git"]),
    weight: "irreversible",
    alternative: expect.any(String),
    rule: null,
  });
  expect(push.effect.length).toBeGreaterThan(0);
  // With the push gate the real facts are asked about later.
  expect((await check(command("git push --force origin main"), { confined: true })).policy).not.toEqual(
    push.policy,
  );
  expect(await check(command("echo x > /etc/hosts"))).toMatchObject({
    verdict: "deny",
    policy: expect.arrayContaining(["workspace-only"]),
  });
  const edit = { kind: "tool", tool: "edit", name: "edit", paths: ["/elsewhere/x"] };
  expect(await check(edit)).toMatchObject({ verdict: "deny", policy: ["workspace-only"] });
  expect(await check({ ...edit, paths: ["/w/x"] })).toMatchObject({ verdict: "allow" });
  expect(await check({ kind: "host", host: "example.com" })).toMatchObject({
    verdict: "ask",
    policy: ["allowed-hosts"],
    weight: "leaves-machine",
  });
  expect(await check({ kind: "host", host: "github.com" }, { agent: "solo" })).toMatchObject({
    verdict: "ask",
    policy: ["ask-on-tools"],
  });
  const repository = path.join(root, "shop");
  await write("shop/.tutti/policies/team.yaml", rule("bake", "ask"));
  await write("shop/.tutti/policies/mine.ts", "throw new Error('carried out');");
  expect(await check(command("bake it"), { repository, cwd: repository })).toMatchObject({
    verdict: "ask",
    policy: ["team.yaml"],
    notes: expect.arrayContaining([expect.stringContaining("mine.ts")]),
  });
  expect(await ask("/v1/policy/check", { about: command("ls"), agent: "nobody" })).toMatchObject({
    status: 422,
    body: { field: "agent", detail: expect.stringContaining("known: solo") },
  });
  expect(await events()).toEqual(before);

  const list = routes.policyRules.output.parse(
    (await ask(`/v1/policy/rules?agent=solo&repository=${encodeURIComponent(repository)}`)).body,
  );
  expect(list.rules.map(({ name, level, from }) => [name, level, from])).toEqual(
    expect.arrayContaining([
      ["destructive-git", "server", "built in"],
      ["mine.yaml", "server", path.join(root, "policies/mine.yaml:1:1")],
      ["ask-on-tools", "agent", path.join(root, "agents/solo.yaml")],
      ["team.yaml", "agent", path.join(repository, ".tutti/policies/team.yaml:1:1")],
    ]),
  );
  expect(list.rules.every(({ summary }) => summary !== "")).toBe(true);

  const alone = await openPolicyQuestions({
    policyFolder: path.join(root, "policies"),
    agentFolders: [path.join(root, "agents")],
  });
  onTestFinished(() => alone.close());
  const about = { kind: "command" as const, command: "terraform apply" };
  expect(await alone.check({ about, cwd: "/w", confined: false })).toMatchObject({
    ok: true,
    answer: { verdict: "deny", policy: ["mine.yaml"] },
  });
  await write("policies/mine.yaml", "rules: [");
  expect(await ask("/v1/policy/check", { about })).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining("mine.yaml") },
  });
});

test("a recorded call is explained by every policy's vote, its memory, and who answered", async () => {
  const { begun, call, explain, post, ask, server } = await world({
    "policies/mine.yaml": `${rule("deploy", "ask")}  - { name: later, when: 'call.command.contains("deploy")', effect: deny, reason: one day, shadow: true }\n`,
  });
  const session = await begun();
  await call(session, "ls");
  const { sent, id } = await call(session, "deploy now");
  const approval = sent.ok ? (sent.receipt.approval ?? "") : "";
  const open = await explain(id);
  expect(open).toMatchObject({
    ...{ session, kind: "tool", what: "deploy now", differs: false, recorded: { effect: "ask" } },
    question: { approval, answer: null },
  });
  expect(open.today).toEqual(open.recorded);
  await post(session, { type: "approval.resolve", approval, answer: "deny", reason: "not on a Friday" });
  for (const name of [id, approval, id.slice(0, -3)])
    expect(await explain(name)).toMatchObject({
      seq: open.seq,
      question: { answer: "deny", by: { name: "ada" }, via: "person", reason: "not on a Friday" },
    });
  const [action] = open.actions;
  const votes = (policy: string) => action?.votes.filter((vote) => vote.policy === policy);
  expect(votes("mine.yaml")).toMatchObject([
    { shadow: false, level: "server", ruling: { effect: "ask", reason: "not here (rule no-deploy)" } },
    { shadow: true, ruling: { effect: "deny", reason: "one day (rule later)" } },
  ]);
  expect(votes("destructive-git")).toMatchObject([{ ruling: null }]);
  const [counted] = votes("max-tool-calls") ?? [];
  expect(counted?.before).toBeDefined();
  expect(counted?.after).not.toEqual(counted?.before);

  // The call comes again, and the answer decides it.
  const again = await call(session, "deploy now");
  expect(await explain(again.id)).toMatchObject({
    recorded: { effect: "deny", reason: "not on a Friday" },
    differs: false,
    notes: [expect.stringContaining("A person's answer decided")],
    question: { approval },
  });
  expect(await explain("t")).toMatchObject({ kind: "turn", recorded: { effect: "allow" }, differs: false });

  // As if another version of a policy had decided then.
  await server.database.pool.query(
    `update events set data = jsonb_set(data, '{decision}', '{"effect": "allow"}') where data->'call'->>'id' = $1`,
    [id],
  );
  expect(await explain(id)).toMatchObject({
    differs: true,
    recorded: { effect: "allow" },
    today: { effect: "ask" },
    notes: expect.arrayContaining([expect.stringContaining("changed since")]),
  });
  expect(await ask("/v1/explanations/nothing")).toMatchObject({ status: 422 });
  const other = await begun();
  await call(other, "ls", id);
  expect(await ask(`/v1/explanations/${id}`)).toMatchObject({
    status: 422,
    body: { detail: expect.stringContaining("not unique") },
  });
  expect(await ask(`/v1/explanations/${id}?session=${other}`)).toMatchObject({
    status: 200,
    body: { what: "ls" },
  });
});

test("a merge's question is explained as Tutti's own law", async () => {
  const { post, explain } = await world();
  const session = fresh("session");
  await post(session, createSession({}), "orchestration");
  const subject = { kind: "trust" as const, repository: "/r", hash: "h", items: [] };
  await post(session, { type: "approval.request", approval: "trust-of-inquiry", subject }, "orchestration");
  expect(await explain("trust-of-inquiry")).toMatchObject({
    ...{ kind: "trust", today: null, actions: [], notes: [expect.stringContaining("own law")] },
  });
});

test("what rules that only report would have done is summed up", async () => {
  const { begun, call, ask } = await world({
    "policies/mine.yaml": `rules:\n  - { name: later, when: 'call.command.contains("deploy")', effect: deny, reason: one day, shadow: true }\n`,
  });
  for (const session of [await begun(), await begun()]) {
    expect((await call(session, "deploy a")).sent).toMatchObject({
      receipt: { decision: { effect: "allow" } },
    });
    await call(session, "ls");
    await call(session, "deploy b");
  }
  const found = await ask("/v1/policy/shadow?since=2020-01-01T00:00:00Z");
  expect(found.body).toMatchObject({
    rules: [
      {
        ...{ policy: "mine.yaml", effect: "deny", count: 4, sessions: 2 },
        examples: [{ what: "deploy a", reason: "one day (rule later)" }, {}, {}],
      },
    ],
  });
  const none = await ask("/v1/policy/shadow?since=2100-01-01T00:00:00Z");
  expect(none.body).toEqual({ rules: [] });
});

test("the log is replayed against other rules, which remember as they go", async () => {
  const { begun, call, replay, ask, server, post } = await world({
    "policies/mine.yaml": rule("deploy", "ask"),
  });
  const session = await begun();
  for (const line of ["ls", "compile a", "compile b", "pwd", "date"]) await call(session, line);
  const { sent } = await call(session, "deploy now");
  const approval = sent.ok ? (sent.receipt.approval ?? "") : "";
  await post(session, { type: "approval.resolve", approval, answer: "allow" });
  await call(session, "deploy now");
  const other = await begun();
  await call(other, "compile a");
  const before = await server.database.pool.query("select count(*), max(position) from events");

  const same = await replay({ "mine.yaml": rule("deploy", "ask") });
  expect(same.report).toMatchObject({ sessions: 2, judged: 9, same: 9, changes: [], drifted: 0 });
  const { frames, report } = await replay({
    "mine.yaml": `${rule("compile", "ask")}policies:\n  - { name: max-tool-calls, params: { perSession: 4 } }\n`,
  });
  expect(frames.filter(({ type }) => type === "progress").length).toBeGreaterThanOrEqual(2);
  expect(report).toMatchObject({ sessions: 2, judged: 9, drifted: 0 });
  const brief = report.changes.map(({ from, to, policies, count: times }) => [from, to, policies, times]);
  expect(brief).toEqual(
    expect.arrayContaining([
      ["allow", "ask", ["mine.yaml"], 3],
      ["allow", "ask", ["max-tool-calls"], 1],
    ]),
  );
  const compiles = report.changes.find(({ policies }) => policies[0] === "mine.yaml");
  expect(compiles?.examples).toMatchObject([
    { what: "compile a", reason: "not here (rule no-compile)" },
    { what: "compile b" },
    { session: expect.stringMatching(other) },
  ]);
  const none = await replay({ "mine.yaml": "policies: []\n" });
  expect(none.report.changes).toMatchObject([
    { from: "ask", to: "allow", policies: ["mine.yaml"], count: 1 },
  ]);

  const wrong = { files: [{ file: "mine.yaml", content: "rules: [" }], since: "2020-01-01T00:00:00Z" };
  expect(await ask("/v1/policy/tests", wrong)).toMatchObject({
    status: 422,
    body: { detail: expect.stringContaining("mine.yaml:1") },
  });
  const ts = { files: [{ file: "mine.ts", content: "" }], since: "2020-01-01T00:00:00Z" };
  expect(await ask("/v1/policy/tests", ts)).toMatchObject({ status: 422 });
  const after = await server.database.pool.query("select count(*), max(position) from events");
  expect(after.rows).toEqual(before.rows);
});
