import {
  type Command,
  type CommandEnvelope,
  foldAll,
  type LoggedEvent,
  type Sent,
  type SessionSpec,
  sessionSpecSchema,
} from "@tutti/core";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Notifications, openNotifications } from "../database/notify.ts";
import { type TestDatabase, testDatabase } from "../database/testing.ts";
import { openGovernance } from "../governance/index.ts";
import { openHosts } from "../hosts/hosts.ts";
import { type Hub, openHub } from "../log/hub.ts";
import { openSessions, type Sessions } from "./index.ts";

const ada = { kind: "person", name: "ada" } as const;
const machine = { kind: "runner", name: "here" } as const;

let database: TestDatabase;
let notifications: Notifications;
let hub: Hub;
let sessions: Sessions;
let count = 0;

const now = () => new Date("2030-01-01T00:00:00Z");
const fresh = (prefix: string) => `${prefix}-${++count}-of-test`;
const spec = (more: Partial<SessionSpec> = {}): SessionSpec =>
  sessionSpecSchema.parse({
    title: "an agent",
    agent: "polly",
    host: "here",
    harness: { harness: "some" },
    ...more,
  });
const send = (session: string, command: Command, id = fresh("command")): Promise<Sent> =>
  sessions.dispatch({ id, session, command }, ada, "person");
const refusal = (sent: Sent) => (sent.ok ? undefined : sent.refusal);

async function created(more: Partial<SessionSpec> = {}): Promise<string> {
  const session = fresh("session");
  expect(await send(session, { type: "session.create", spec: spec(more) })).toMatchObject({ ok: true });
  return session;
}

beforeAll(async () => {
  database = await testDatabase();
  notifications = openNotifications(database.url);
  hub = await openHub({ database, notifications, onFault: (error) => expect.unreachable(String(error)) });
  sessions = openSessions({
    database,
    hub,
    now,
    governance: openGovernance({ standing: [] }),
    admit: ({ title }) =>
      title === "barred" ? { kind: "invalid", message: "no", field: "command.spec.title" } : undefined,
  });
});
afterAll(async () => {
  await hub.stop();
  await notifications.close();
  await database.close();
});

test("a repeated command gets its first receipt and appends nothing", async () => {
  const session = await created();
  const first = await send(session, { type: "turn.start", turn: "t", text: "go" }, "the-same-command");
  expect(await send(session, { type: "turn.start", turn: "t", text: "go" }, "the-same-command")).toEqual(
    first,
  );
  expect((await sessions.events(session, 0, 10)).map(({ event }) => event.type)).toEqual([
    "session.created",
    "turn.started",
  ]);
});

test("an id that comes again with another command is refused", async () => {
  const session = await created();
  await send(session, { type: "turn.start", turn: "t", text: "go" }, "one-id-two-commands");
  expect(
    refusal(await send(session, { type: "turn.start", turn: "t", text: "stay" }, "one-id-two-commands")),
  ).toMatchObject({ kind: "conflict", field: "id" });
  const other = await created();
  expect(
    refusal(await send(other, { type: "turn.start", turn: "t", text: "go" }, "one-id-two-commands"))?.kind,
  ).toBe("conflict");
});

test("fifty times the same command at once append once and get one receipt", async () => {
  const session = fresh("session");
  const create = { type: "session.create", spec: spec() } as const;
  const creations = await Promise.all(
    Array.from({ length: 50 }, () => send(session, create, "fifty-creations")),
  );
  expect(new Set(creations.map((sent) => JSON.stringify(sent))).size).toBe(1);
  const start = { type: "turn.start", turn: "t", text: "go" } as const;
  const starts = await Promise.all(Array.from({ length: 50 }, () => send(session, start, "fifty-starts")));
  expect(new Set(starts.map((sent) => JSON.stringify(sent))).size).toBe(1);
  expect(starts[0]).toMatchObject({ ok: true, receipt: { seq: 2 } });
  expect(await sessions.events(session, 0, 100)).toHaveLength(2);
});

test("two nodes that get the same command at once append it once", async () => {
  const other = openSessions({
    database,
    hub,
    now,
    governance: openGovernance({ standing: [] }),
    admit: () => undefined,
  });
  const envelopes = Array.from(
    { length: 10 },
    (): CommandEnvelope => ({
      id: fresh("command"),
      session: fresh("session"),
      command: { type: "session.create", spec: spec() },
    }),
  );
  const answers = await Promise.all(
    envelopes.map((envelope) =>
      Promise.all([sessions, other].map((node) => node.dispatch(envelope, ada, "person"))),
    ),
  );
  for (const [here, there] of answers) {
    expect(here).toMatchObject({ ok: true });
    expect(there).toEqual(here);
  }
});

test("commands of one session are decided one after the other, of many in parallel", async () => {
  const ids = await Promise.all(Array.from({ length: 5 }, () => created({ harness: { harness: "some" } })));
  const sent = await Promise.all(
    ids.flatMap((session) =>
      Array.from({ length: 20 }, (_, turn) =>
        send(session, { type: "turn.start", turn: `t${turn}`, text: "go" }),
      ),
    ),
  );
  expect(sent.filter(({ ok }) => ok)).toHaveLength(5);
  for (const session of ids) {
    const log = await sessions.events(session, 0, 100);
    expect(log.map(({ seq }) => seq)).toEqual([1, 2]);
  }
});

test("a refusal stores nothing, and its id may be used again", async () => {
  const session = await created();
  const steer = { type: "turn.steer", steer: "s", text: "left" } as const;
  expect(refusal(await send(session, steer, "refused-then-good"))?.kind).toBe("conflict");
  await send(session, { type: "turn.start", turn: "t", text: "go" });
  expect(await send(session, steer, "refused-then-good")).toMatchObject({ ok: true });
});

test("what may not begin, or hangs on a session that isn't there, is refused", async () => {
  const create = (more: Partial<SessionSpec>) =>
    send(fresh("session"), { type: "session.create", spec: spec(more) });
  expect(refusal(await create({ title: "barred" }))).toMatchObject({
    kind: "invalid",
    field: "command.spec.title",
  });
  expect(refusal(await create({ parent: "nobody" }))).toMatchObject({
    kind: "invalid",
    field: "command.spec.parent",
  });
  expect(refusal(await send("nobody-there", { type: "turn.interrupt" }))?.kind).toBe("unknown-session");
});

test("a scope may send only what is its own", async () => {
  const session = await created();
  const envelope = {
    id: fresh("command"),
    session,
    command: { type: "turn.start", turn: "t", text: "x" },
  } as const;
  expect(refusal(await sessions.dispatch(envelope, machine, "runner"))?.kind).toBe("forbidden");
  const note = { type: "task.note", task: "t", level: "info", text: "x" } as const;
  expect(refusal(await send(session, note))?.kind).toBe("forbidden");
});

test("a runner speaks for its host's sessions, in its present epoch alone", async () => {
  const hosts = openHosts(database, now);
  const host = fresh("host");
  const session = await created({ host });
  const adopt = (lease?: { host: string; epoch: number }, id = fresh("command"), turn = "t") =>
    sessions.dispatch(
      { id, session, command: { type: "turn.adopt", turn }, ...(lease && { lease }) },
      machine,
      "runner",
    );

  const first = await hosts.join({ id: host, name: "laptop", harnesses: [] });
  expect(await adopt(first, "adopted-in-first-epoch")).toMatchObject({ ok: true });
  expect(refusal(await adopt(undefined))?.kind).toBe("stale-lease");
  const stranger = await hosts.join({ id: fresh("host"), name: "other", harnesses: [] });
  expect(refusal(await adopt(stranger))?.kind).toBe("stale-lease");

  const second = await hosts.join({ id: host, name: "laptop", harnesses: [] });
  expect(second.epoch).toBe(first.epoch + 1);
  expect(refusal(await adopt(first))).toMatchObject({ kind: "stale-lease", field: "lease.epoch" });
  expect(await adopt(second, "adopted-in-first-epoch")).toMatchObject({ ok: true });
});

test("the state is the fold of the log, whatever was sent", async () => {
  const text = fc.oneof(fc.string({ minLength: 1, unit: "grapheme" }), fc.constant("\u0000 and \ud83d"));
  const command: fc.Arbitrary<Command> = fc.oneof(
    fc.record({ type: fc.constant("turn.start" as const), turn: fc.constantFrom("a", "b"), text }),
    fc.record({ type: fc.constant("turn.steer" as const), steer: fc.constantFrom("x", "y"), text }),
    fc.record({ type: fc.constant("turn.interrupt" as const) }),
    fc.record({ type: fc.constant("session.close" as const), reason: text }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 12 }), async (commands) => {
      const session = await created();
      for (const one of commands) await send(session, one);
      const log: LoggedEvent[] = await sessions.events(session, 0, 1_000);
      expect(await sessions.readState(session)).toEqual(foldAll(log));
      expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
    }),
    { numRuns: 25 },
  );
});

test("a state that another version of the fold wrote is folded anew", async () => {
  const session = await created();
  await send(session, { type: "turn.start", turn: "t", text: "go" });
  const state = await sessions.readState(session);
  await database.pool.query("update sessions set state = '{\"shape\": 0}' where id = $1", [session]);
  expect(await sessions.readState(session)).toEqual(state);
  expect(await send(session, { type: "turn.interrupt" })).toMatchObject({ ok: true, receipt: { seq: 3 } });
});

test("the list says where each session stands", async () => {
  const host = fresh("host");
  const root = await created({
    host,
    harness: undefined,
    orchestration: { name: "p", version: "1", input: {} },
  });
  const child = await created({ host, parent: root, role: "implementer" });
  const standing = async (options: { parent?: string; active?: boolean }) =>
    (await sessions.list({ host, limit: 10, ...options })).map(({ id, status }) => [id, status]);
  expect(await standing({ parent: "" })).toEqual([[root, "working"]]);
  expect(await standing({ parent: root })).toEqual([[child, "idle"]]);
  expect(await standing({ active: true })).toEqual([[root, "working"]]);
  await send(child, { type: "turn.start", turn: "t", text: "go" });
  expect(await standing({ parent: root, active: true })).toEqual([[child, "working"]]);
  await send(child, { type: "session.close", reason: "enough" });
  expect(await standing({ parent: root, active: true })).toEqual([[child, "closed"]]);
});
