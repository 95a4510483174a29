import { type Client, createClient, newId } from "@tutti/client";
import { nodeFetch } from "@tutti/client/node";
import {
  type ApprovalSubject,
  type Command,
  type Outcome,
  sessionSpecSchema,
  type WorkRequest,
  type WorkResult,
} from "@tutti/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { bringReadModelsUpToDate } from "../projections/index.ts";
import type { EnginePorts } from "../server.ts";
import { createSession, type TestServer, testServer } from "../testing.ts";

let server: TestServer;
let client: Client;
let runner: Client;
let ports: EnginePorts;
let lease: { host: string; epoch: number };

beforeAll(async () => {
  server = await testServer({
    programs: [
      {
        name: "some",
        version: "1",
        input: z.custom<never>(() => true),
        run: async () => {},
        abandon: async () => {},
      },
    ],
    openEngine: async (given) => {
      ports = given;
      return { start: async () => {}, stop: async () => {} };
    },
  });
  const clientOf = async (scope: "person" | "runner") =>
    createClient({
      baseUrl: "http://localhost",
      token: await server.token(scope),
      fetch: nodeFetch(server.socketPath),
    });
  client = await clientOf("person");
  runner = await clientOf("runner");
  const joining = { id: "here", name: "laptop", harnesses: [] };
  ({ lease } = await runner.join(joining));
});
afterAll(() => server[Symbol.asyncDispose]());

const by = {
  person: (session: string, command: Command) => client.command({ id: newId("command"), session, command }),
  runner: (session: string, command: Command) =>
    runner.command({ id: newId("command"), session, command, lease }),
  program: (session: string, command: Command) =>
    ports.dispatch(
      { id: newId("command"), session, command },
      { kind: "orchestration", name: "some" },
      "orchestration",
    ),
};
async function all(who: keyof typeof by, session: string, ...commands: Command[]): Promise<void> {
  for (const command of commands) expect(await by[who](session, command)).toMatchObject({ ok: true });
}

const sha = (letter: string) => letter.repeat(40);
const task = (id: string): Command => ({
  type: "task.create",
  task: { id, text: `Task ${id}` },
  parallel: 1,
});
const move = (id: string, phase: "implementing" | "consenting"): Command => ({
  ...{ type: "task.move", task: id, phase, round: 0, detail: "" },
});
const end = (id: string, outcome: Outcome): Command => ({
  ...{ type: "task.end", task: id, outcome, detail: "that is why", mergedCommit: null },
});
const trust: ApprovalSubject = { kind: "trust", repository: "/r", hash: "h", items: [] };

/** Something is asked of the machine, which answers. */
async function work(session: string, request: WorkRequest, result: WorkResult): Promise<void> {
  const id = newId("work");
  await all("program", session, { type: "work.request", work: id, request });
  await all("runner", session, { type: "work.finish", work: id, result });
}

/** A request that a program leads in `/work/<name>`, and an agent for it. */
async function request(title: string, repository = `/work/${newId("folder")}`) {
  const root = newId("session");
  const spec = sessionSpecSchema.parse({
    ...{ title, agent: "polly", host: "here" },
    orchestration: { name: "some", version: "1", input: {} },
  });
  await all("person", root, { type: "session.create", spec });
  await work(
    root,
    { type: "repository.inspect", path: repository },
    {
      ...{ type: "repository.inspected", root: repository, target: "main", dirty: [] },
      ...{ head: sha("a"), tree: sha("b") },
    },
  );
  const agent = async (harness: string) => {
    const session = newId("session");
    await all("program", session, createSession({ title: "an agent", parent: root, harness: { harness } }));
    return session;
  };
  return { root, repository, agent };
}

const listed = async (id: string) =>
  (await client.sessions({ limit: 1_000 })).find((session) => session.id === id);
const found = async (search: string, more: Parameters<Client["sessions"]>[0] = { parent: "" }) =>
  (await client.sessions({ ...more, search })).map(({ id }) => id);
const questionsOf = async (root: string) => (await client.inbox()).items.filter((item) => item.root === root);
/** Resolves when this server has heard of a session's events up to a seq. */
async function heard(session: string, family = session): Promise<void> {
  const { seq } = await client.session(session);
  for await (const message of client.followAll({ after: 0, session: family }))
    if (message.kind === "event" && message.event.session === session && message.event.seq >= seq) return;
}

test("a request in the list tells what it and its agents do", async () => {
  const { root, repository, agent } = await request("Write the parser");
  expect(await listed(root)).toMatchObject({
    ...{ activity: "starting", status: "working", repository, phase: null, outcome: null },
    ...{ tasks: { total: 0, ended: 0 }, harnesses: [], changes: null, questions: 0 },
  });
  await all("program", root, task("one"), task("two"), move("one", "implementing"));
  expect(await listed(root)).toMatchObject({
    ...{ activity: "waiting-for-child", phase: "waiting", tasks: { total: 2, ended: 0 } },
  });
  const [second, first] = [await agent("second"), await agent("first")];
  await agent("second");
  const usage = { model: "m", vendor: "acme", input: 1, cacheRead: 0, cacheWrite: 0, output: 1 };
  await all("program", second, { type: "turn.start", turn: "t", text: "go" });
  await all("runner", second, {
    ...{ type: "usage.record", turn: "t" },
    usage: { ...usage, costUsd: 0.5, costSource: "reported" },
  });
  await all("program", first, { type: "approval.request", approval: newId("ask"), subject: trust });
  expect(await listed(first)).toMatchObject({ repository, parent: root, harnesses: ["first"], questions: 1 });
  expect(await listed(root)).toMatchObject({
    ...{ activity: "waiting", status: "waiting", detail: "asks to trust /r", questions: 1 },
    ...{ harnesses: ["second", "first"], costUsd: 0.5, costSource: "reported" },
  });
  await all("program", root, end("one", "conflict"), end("two", "declined"));
  await all("program", root, { type: "session.close", reason: "all tasks have ended" });
  expect(await listed(root)).toMatchObject({
    ...{ activity: "failed", status: "closed", detail: "conflict: that is why" },
    ...{ outcome: "conflict", tasks: { total: 2, ended: 2 } },
  });
  const ids = async (closed: "true" | "false") =>
    (await client.sessions({ closed, parent: "" })).map(({ id }) => id);
  expect(await ids("true")).toContain(root);
  expect(await ids("false")).not.toContain(root);
});

test("sessions are found by title, repository and what was said, children for their roots", async () => {
  const { root, repository, agent } = await request("Sort the Zebrafish list");
  await all("program", root, {
    ...task("one"),
    task: { id: "one", text: "Mind quokka_habits.ts, please" },
  } as Command);
  const child = await agent("some");
  await all("program", child, { type: "turn.start", turn: "t", text: "Begin with the Ährenfeld" });
  await all("runner", child, {
    ...{ type: "item.add", turn: "t" },
    item: {
      kind: "message",
      id: "i",
      text: `I read src/wombat/burrow.ts${" and so on".repeat(10_000)} \u0000`,
    },
  });
  const other = (await request("Another one")).root;

  for (const text of [
    "zebraFISH",
    "the zebrafish l",
    repository,
    "quokka habits",
    "ÄHRENF",
    "burrow.ts wom",
    "src/wombat/burrow",
  ])
    expect([text, await found(text)]).toEqual([text, [root]]);
  expect(await found("wombat", {})).toEqual([child]);
  expect(await found("wombat", { parent: root })).toEqual([child]);
  for (const nothing of [
    ...[
      "ombat",
      "wombat quokka",
      "%",
      "_",
      "'",
      "' | '",
      "a'); drop table transcripts; --",
      "!wombat | !x",
      "\u0000",
      ":*",
      "\\",
    ],
  ])
    expect([nothing, await found(nothing)]).toEqual([nothing, []]);
  expect(await found("another")).toEqual([other]);
  expect((await server.request("/v1/sessions?search=")).status).toBe(422);
  expect((await server.request(`/v1/sessions?search=${"x".repeat(201)}`)).status).toBe(422);
});

test("the inbox holds what waits, what holds up most first, until it is answered", async () => {
  const { root, agent } = await request("Merge it");
  const child = await agent("asker");
  const [slight, grave] = [newId("ask"), newId("ask")];
  await all("program", root, task("one"), task("two"), task("three"));
  await all("program", root, move("one", "consenting"));
  await all("program", child, { type: "approval.request", approval: slight, subject: trust });
  const output = { text: "many lines", cut: 0 };
  const subject: ApprovalSubject = {
    ...{ kind: "merge", task: "one", target: "main", commit: sha("c"), tree: sha("d"), head: sha("a") },
    diff: { text: "+ a line", cut: 7 },
    evidence: [
      {
        ...{ name: "test", command: "npm test", exitCode: 0, timedOut: false, durationMs: 1, output },
        ...{ treeHash: sha("d"), changedFiles: [], cached: false },
      },
    ],
    verdict: { approved: true, tree: sha("d"), findings: [] },
    ...{ warnings: [], remarks: [], costUsd: 0, costSource: "reported" },
  };
  await work(
    root,
    {
      ...{ type: "candidate.take", task: "one", workspace: "/w", repository: "/r", base: sha("a") },
      ...{ message: "m", sources: [], previous: null },
    },
    {
      type: "candidate.taken",
      candidate: {
        ...{ commit: sha("c"), tree: sha("d"), base: sha("a"), patchId: "p", flagged: [], changedSince: [] },
        files: [
          { path: "a", status: "M", additions: 3, deletions: 1 },
          { path: "b.png", status: "A", additions: null, deletions: null },
        ],
        diff: subject.diff,
      },
    },
  );
  expect(await listed(root)).toMatchObject({ changes: { files: 2, additions: 3, deletions: 1 } });
  await all("program", root, { type: "approval.request", approval: grave, subject });
  const shared = { root, title: "Merge it", harnesses: ["asker"], costUsd: 0, costSource: "reported" };
  const bare = { text: "", cut: 0 };
  expect(await questionsOf(root)).toMatchObject([
    {
      ...{ kind: "question", ...shared, session: root, approval: grave, holdsUp: 3, likeness: null },
      subject: { ...subject, diff: bare, evidence: [{ name: "test", output: bare }] },
    },
    { kind: "question", ...shared, session: child, approval: slight, subject: trust },
  ]);
  expect((await client.session(root)).approvals[grave]?.subject).toEqual(subject);
  await all("person", root, { type: "approval.resolve", approval: grave, answer: "deny" });
  await all("program", child, { type: "approval.withdraw", approval: slight, reason: "enough" });
  expect(await questionsOf(root)).toEqual([]);
});

test("a task that failed stays in the inbox until a person closes its session; what a person chose is not there", async () => {
  const { root } = await request("It fails");
  await all("program", root, task("one"), task("two"), task("three"), task("four"));
  const outcomes = ["checks-failed", "declined", "interrupted", "untrusted"] as const;
  for (const [index, id] of ["one", "two", "three", "four"].entries())
    await all("program", root, end(id, outcomes[index] ?? "failed"));
  const close = { type: "session.close" as const, reason: "all tasks have ended" };
  await all("program", root, close, close);
  expect(await questionsOf(root)).toMatchObject([
    { kind: "failed", task: "one", outcome: "checks-failed", detail: "that is why", title: "It fails" },
  ]);
  const seen = { type: "session.close" as const, reason: "seen" };
  await all("person", root, seen, seen);
  await all("program", root, close);
  expect(await questionsOf(root)).toEqual([]);
  const log = (await client.events(root)).filter(({ event }) => event.type === "session.closed");
  expect(log.map(({ by }) => by.kind)).toEqual(["orchestration", "person"]);
});

test("what came to rest is news until it was seen", async () => {
  const { root } = await request("It rests");
  await all("program", root, task("one"), end("one", "declined"));
  const news = async () => (await client.inbox()).news.filter((item) => item.root === root);
  expect(await news()).toMatchObject([{ title: "It rests", activity: "stopped" }]);
  const at = (await news())[0]?.at ?? "";
  // Closing changes nothing in what it does: it is no news of its own.
  await client.inboxSeen(at);
  await all("program", root, { type: "session.close", reason: "all tasks have ended" });
  expect(await news()).toEqual([]);
  await client.inboxSeen("2000-01-01T00:00:00Z");
  expect((await client.inbox()).seenAt).toBe(at);
  await client.inboxSeen("2999-01-01T00:00:00Z");
  expect(Date.parse((await client.inbox()).seenAt ?? "")).toBeLessThanOrEqual(Date.now());
  const body = JSON.stringify({ at: "yesterday" });
  expect((await server.request("/v1/inbox/seen", { method: "POST", body })).status).toBe(422);
  await expect(runner.inbox()).rejects.toMatchObject({ kind: "forbidden" });
});

test("a family comes whole, and following after its position misses nothing", async () => {
  const { root, agent } = await request("Three of us");
  const children = [await agent("a"), await agent("b")];
  await heard(children[1] ?? "");
  const family = await client.family(root);
  expect(family.root).toEqual(await client.session(root));
  expect(family.children.map(({ id }) => id)).toEqual(children);
  const [last] = (await client.events(children[1] ?? "")).slice(-1);
  expect(family.position).toBeGreaterThanOrEqual(last?.position ?? Number.POSITIVE_INFINITY);
  expect((await client.family(children[0] ?? "")).children).toEqual([]);
  await expect(client.family("nobody")).rejects.toMatchObject({ kind: "unknown-session" });
});

test("a timeline goes backwards over a session and its children, each event once", async () => {
  const { root, agent } = await request("A long story");
  const child = await agent("a");
  await all("program", child, { type: "turn.start", turn: "t", text: "go" });
  for (let index = 0; index < 5; index += 1) {
    await all("person", child, { type: "turn.steer", steer: `s${index}`, text: "on" });
    await all("program", root, task(`task-${index}`));
  }
  const last = await agent("b");
  await all("program", last, { type: "turn.start", turn: "t", text: "go" });
  for (const session of [root, last]) await heard(session, root);
  const [whole, pages] = [await client.timeline(root), [] as number[][]];
  const positions = whole.events.map(({ position }) => position);
  expect(whole.more).toBe(false);
  expect(new Set(whole.events.map(({ session }) => session)).size).toBe(3);
  expect(positions).toEqual([...positions].sort((a, b) => a - b));
  for (let before: number | undefined; ; ) {
    const page = await client.timeline(root, { limit: 4, ...(before !== undefined && { before }) });
    pages.unshift(page.events.map(({ position }) => position));
    before = page.events[0]?.position;
    if (!page.more) break;
  }
  expect(pages.flat()).toEqual(positions);
  expect(await client.timeline(root, { before: 1 })).toEqual({ events: [], more: false });
  await expect(client.timeline("nobody")).rejects.toMatchObject({ kind: "unknown-session" });
});

test("the read models are the same when they are made anew from the log", async () => {
  const read = async () => {
    const { kysely } = server.database;
    const rows = [];
    for (const table of ["session_summaries", "inbox_questions", "inbox_failures", "transcripts"] as const)
      rows.push(
        (await kysely.selectFrom(table).selectAll().execute()).map((row) => JSON.stringify(row)).sort(),
      );
    return rows;
  };
  const before = await read();
  await server.database.kysely.deleteFrom("settings").where("key", "like", "read model %").execute();
  await bringReadModelsUpToDate(server.database);
  expect(await read()).toEqual(before);
  expect(server.faults).toEqual([]);
});
