import {
  type AuditVerification,
  auditVerificationSchema,
  type Command,
  type CommandEnvelope,
  routes,
  type Sent,
  type ToolCall,
} from "@tutti/core";
import pg from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { EnginePorts } from "../server.ts";
import { createSession, type TestServer, testServer } from "../testing.ts";
import { canonicalJson, hashOf } from "./chain.ts";

let count = 0;
const fresh = (prefix: string) => `${prefix}-${++count}-of-audit`;
const ada = { kind: "person", name: "ada" } as const;

interface World {
  server: TestServer;
  sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  post(command: Command, session: string): Promise<Sent>;
  batch(session: string, commands: Command[]): Promise<Sent[]>;
  /** A session with a question about `rm -rf ~/x`, answered. */
  asked(answer?: "allow" | "deny"): Promise<string>;
  verify(anchor?: string): Promise<AuditVerification>;
}

async function world(): Promise<World> {
  let ports: EnginePorts | undefined;
  const server = await testServer({
    openEngine: async (given) => {
      ports = given;
      return { start: async () => {}, stop: async () => {} };
    },
  });
  const person = await server.token("person");
  const ask = async (path: string, init?: { method: string; body: string }) => {
    const answer = await server.request(path, {
      ...init,
      headers: { authorization: `Bearer ${person}` },
    });
    return answer.json();
  };
  const made: World = {
    server,
    async sql(text, values = []) {
      const { rows } = await server.database.pool.query(text, values);
      return rows;
    },
    async post(command, session) {
      const envelope: CommandEnvelope = { id: fresh("command"), session, command };
      return (await ports?.dispatch(envelope, ada, "orchestration")) ?? expect.unreachable();
    },
    async batch(session, commands) {
      const body = JSON.stringify({
        commands: commands.map((command) => ({ id: fresh("command"), session, command })),
      });
      return routes.commandBatch.output.parse(await ask("/v1/command-batches", { method: "POST", body }))
        .sent;
    },
    async asked(answer = "allow") {
      const session = fresh("session");
      expect(await made.post(createSession({ workspace: "/w" }), session)).toMatchObject({ ok: true });
      const approval = fresh("approval");
      const subject = { kind: "trust" as const, repository: "/r", hash: "h", items: ["make test"] };
      expect(await made.post({ type: "approval.request", approval, subject }, session)).toMatchObject({
        ok: true,
      });
      const [sent] = await made.batch(session, [{ type: "approval.resolve", approval, answer }]);
      expect(sent).toMatchObject({ ok: true });
      return session;
    },
    async verify(anchor) {
      return auditVerificationSchema.parse(
        await ask(`/v1/audit/verification${anchor === undefined ? "" : `?anchor=${anchor}`}`),
      );
    },
  };
  return made;
}

let shared: World;
beforeAll(async () => {
  shared = await world();
});
afterAll(() => shared.server[Symbol.asyncDispose]());

/** A world with three answered questions, that a test may tamper with. */
async function own(): Promise<World> {
  const made = await world();
  onTestFinished(() => made.server[Symbol.asyncDispose]());
  for (const answer of ["allow", "deny", "allow"] as const) await made.asked(answer);
  expect(await made.verify()).toMatchObject({ ok: true, rows: 10, findings: [] });
  return made;
}

test("what was asked and answered is in the audit, chained from its first row, and the chain is whole", async () => {
  const session = await shared.asked("deny");
  const answer = await shared.server.request(`/v1/audit?session=${session}`);
  const { rows, head } = routes.audit.output.parse(await answer.json());
  expect(rows.map(({ kind, seq }) => [kind, seq])).toEqual([
    ["session.created", 1],
    ["approval.requested", 2],
    ["approval.resolved", 3],
  ]);
  const [, asked, resolved] = rows;
  expect(resolved).toMatchObject({ by: { kind: "person" }, prev: asked?.hash });
  expect(JSON.parse(resolved?.body ?? "")).toMatchObject({ answer: "deny", via: "person" });
  for (const row of rows) expect(hashOf(row)).toBe(row.hash);
  const verified = await shared.verify();
  expect(verified).toMatchObject({ ok: true, head, found: 0 });
  const [first] = routes.audit.output.parse(
    await (await shared.server.request("/v1/audit?limit=1")).json(),
  ).rows;
  expect(first).toMatchObject({ n: 1, kind: "audit.began", prev: "0".repeat(64) });
  const none = await shared.server.request("/v1/audit?since=2100-01-01T00:00:00Z");
  expect(routes.audit.output.parse(await none.json()).rows).toEqual([]);
});

test("a head that was kept elsewhere is found again, and another hash is not", async () => {
  await shared.asked();
  const { head } = await shared.verify();
  await shared.asked();
  expect(await shared.verify(head.hash)).toMatchObject({ ok: true, anchor: { n: head.n } });
  expect(await shared.verify("a".repeat(64))).toMatchObject({ ok: false, found: 0, anchor: { n: null } });
  expect((await shared.server.request("/v1/audit/verification?anchor=short")).status).toBe(422);
  const runner = { authorization: `Bearer ${await shared.server.token("runner")}` };
  expect((await shared.server.request("/v1/audit", { headers: runner })).status).toBe(403);
});

test("browsers that are signed in and out are in the audit", async () => {
  const { server } = shared;
  const { path } = routes.signInLink.output.parse(
    await (await server.request("/v1/sign-in-links", { method: "POST" })).json(),
  );
  await server.request(path, { headers: { "user-agent": "a browser" } });
  const [signIn] = routes.signIns.output.parse(await (await server.request("/v1/sign-ins")).json()).signIns;
  await server.request(`/v1/sign-ins/${signIn?.id}/revoke`, { method: "POST" });
  await server.request(`/v1/sign-ins/${signIn?.id}/revoke`, { method: "POST" });
  const rows = await shared.sql("select kind, session, body from audit where session is null order by n");
  expect(rows.map(({ kind }) => kind)).toEqual(["audit.began", "sign-in.made", "sign-in.revoked"]);
  expect(rows[1]?.body).toContain(signIn?.id);
  expect(await shared.verify()).toMatchObject({ ok: true });
});

const event = (session: string, seq: number) =>
  `update events set data = jsonb_set(data, '{answer}', '"allow"') where session = '${session}' and seq = ${seq}`;

test.each<[string, (world: World) => Promise<unknown>, object[]]>([
  [
    "a row that says something else",
    ({ sql }) =>
      sql(`update audit set body = replace(body, '"answer":"deny"', '"answer":"allow"') where n = 7`),
    [
      { kind: "changed", n: 7 },
      { kind: "event-changed", n: 7, message: expect.stringContaining("what it says") },
    ],
  ],
  [
    "a row that is somebody else's",
    ({ sql }) => sql(`update audit set actor = '{"kind": "person", "name": "eve"}' where n = 4`),
    [
      { kind: "changed", n: 4 },
      { kind: "event-changed", n: 4, message: expect.stringContaining("who caused it") },
    ],
  ],
  [
    "a row at another time",
    ({ sql }) => sql("update audit set at = at - interval '1 hour' where n = 4"),
    [
      { kind: "changed", n: 4 },
      { kind: "event-changed", n: 4 },
    ],
  ],
  [
    "a row at no time at all",
    ({ sql }) => sql("update audit set at = 'infinity' where n = 4"),
    [
      { kind: "changed", n: 4 },
      { kind: "event-changed", n: 4 },
    ],
  ],
  [
    "a hash alone",
    ({ sql }) => sql("update audit set hash = repeat('b', 64) where n = 4"),
    [
      { kind: "changed", n: 4 },
      { kind: "broken", n: 5 },
    ],
  ],
  [
    "a row that was removed",
    ({ sql }) => sql("delete from audit where n = 5"),
    [
      { kind: "gap", n: 6, message: "row 5 is missing" },
      { kind: "not-audited", n: null, seq: 1 },
    ],
  ],
  [
    "the last rows removed",
    ({ sql }) => sql("delete from audit where n > 8"),
    [
      { kind: "not-audited", seq: 2 },
      { kind: "not-audited", seq: 3 },
    ],
  ],
  [
    "a row that was removed, and the others moved up",
    async ({ sql }) => {
      await sql("delete from audit where n = 5");
      for (const n of [6, 7, 8, 9, 10]) await sql("update audit set n = $1 where n = $2", [n - 1, n]);
    },
    [
      { kind: "broken", n: 5 },
      { kind: "changed", n: 5 },
      { kind: "changed", n: 6 },
    ],
  ],
  [
    "rows in another order",
    async ({ sql }) => {
      for (const [from, to] of [
        [5, 100],
        [6, 5],
        [100, 6],
      ])
        await sql("update audit set n = $1 where n = $2", [to, from]);
    },
    [
      { kind: "broken", n: 5 },
      { kind: "changed", n: 5 },
      { kind: "broken", n: 6 },
      { kind: "changed", n: 6 },
    ],
  ],
  [
    "a row put in at the end, hashed as it should be",
    async ({ sql, verify }) => {
      const { head } = await verify();
      const at = "2030-01-01T00:00:00.000Z";
      const row = {
        ...{ n: head.n + 1, session: "nowhere", seq: 3, at, by: ada, kind: "approval.resolved" as const },
        ...{ body: canonicalJson({ answer: "allow", v: 1, event: "x" }), prev: head.hash },
      };
      await sql("insert into audit values ($1, $2, $3, $4, $5, $6, $7, $8, $9)", [
        ...[row.n, row.session, row.seq, at, JSON.stringify(ada), row.kind, row.body, row.prev, hashOf(row)],
      ]);
    },
    [{ kind: "event-gone", n: 11, session: "nowhere" }],
  ],
  [
    "an event that says something else",
    async ({ sql }) => {
      const [row] = await sql("select session from audit where n = 7");
      await sql(event(String(row?.session), 3));
    },
    [{ kind: "event-changed", n: 7 }],
  ],
  [
    "an event whose time is another",
    async ({ sql }) => {
      const [row] = await sql("select session from audit where n = 7");
      await sql("update events set at = at + interval '1 day' where session = $1 and seq = 3", [
        row?.session,
      ]);
    },
    [{ kind: "event-changed", n: 7, message: expect.stringContaining("when it was") }],
  ],
  [
    "an event that was removed",
    async ({ sql }) => {
      const [row] = await sql("select session from audit where n = 7");
      await sql("delete from events where session = $1 and seq = 3", [row?.session]);
    },
    [{ kind: "event-gone", n: 7, seq: 3 }],
  ],
  [
    "an event that was put in",
    async ({ sql }) => {
      const [row] = await sql("select session from audit where n = 7");
      await sql(
        "insert into events (session, seq, at, type, data, actor) select session, 4, at, type, data, actor from events where session = $1 and seq = 3",
        [row?.session],
      );
    },
    [{ kind: "not-audited", seq: 4 }],
  ],
  [
    "a merge that was put in, and of other work nothing,",
    async ({ sql }) => {
      const [row] = await sql("select session from audit where n = 7");
      const work = (seq: number, type: string, data: object) =>
        sql(
          "insert into events (session, seq, at, type, data, actor) select session, $2, at, $3, $4::jsonb, actor from events where session = $1 and seq = 3",
          [row?.session, seq, type, JSON.stringify({ type, ...data })],
        );
      await work(4, "work.requested", { work: "m", request: { type: "candidate.merge" } });
      await work(5, "work.finished", { work: "m", result: { type: "candidate.merged" } });
      await work(6, "work.requested", { work: "o", request: { type: "review.close" } });
      await work(7, "work.finished", { work: "o", result: { type: "review.closed" } });
    },
    [
      { kind: "not-audited", seq: 4 },
      { kind: "not-audited", seq: 5 },
    ],
  ],
  [
    "everything gone",
    ({ sql }) => sql("delete from audit"),
    [{ kind: "gap", n: null }, ...Array.from({ length: 9 }, () => ({ kind: "not-audited" }))],
  ],
])("%s is found", async (_, tamper, expected) => {
  const made = await own();
  await tamper(made);
  const { ok, findings, found } = await made.verify();
  expect({ ok, found: found === findings.length }).toEqual({ ok: false, found: true });
  if (expected.length < findings.length) expect(findings.slice(0, expected.length)).toMatchObject(expected);
  else expect(findings).toMatchObject(expected);
});

test("a chain and a log that were cut short together are found by an anchor alone", async () => {
  const { verify, sql } = await own();
  const { head } = await verify();
  const rows = await sql(
    "select n, session, seq, at, actor, kind, body from audit where session is null or n <= 4 order by n",
  );
  await sql("delete from audit where n > 4");
  await sql("delete from events where session not in (select session from audit where session is not null)");
  expect(rows.length).toBe(4);
  expect(await verify()).toMatchObject({ ok: true, rows: 4 });
  expect(await verify(head.hash)).toMatchObject({ ok: false, anchor: { n: null } });
});

test("many sessions at once make one chain, in the order of their commits, and nobody waits in a circle", async () => {
  const { server, sql, batch, post } = shared;
  const [before] = await sql("select deadlocks from pg_stat_database where datname = current_database()");
  const sessions = Array.from({ length: 12 }, () => fresh("session"));
  await Promise.all(
    sessions.map(async (session, index) => {
      await post(createSession({ workspace: "/w" }), session);
      const approvals = [1, 2, 3].map(() => fresh("approval"));
      const subject = { kind: "trust" as const, repository: "/r", hash: "h", items: [] };
      await Promise.all(
        approvals.map((approval) => post({ type: "approval.request", approval, subject }, session)),
      );
      // A batch holds its session's row from one audited event to the next.
      const sent = await batch(
        session,
        approvals.map((approval) => ({
          ...{ type: "approval.resolve", approval },
          answer: index % 2 === 0 ? ("allow" as const) : ("deny" as const),
        })),
      );
      expect(sent.every(({ ok }) => ok)).toBe(true);
    }),
  );
  expect(server.faults).toEqual([]);
  const [all] = await sql("select count(*)::int as count from audit where session = any($1)", [sessions]);
  expect(all).toEqual({ count: 12 * 7 });
  expect(await shared.verify()).toMatchObject({ ok: true, found: 0 });
  const [after] = await sql("select deadlocks from pg_stat_database where datname = current_database()");
  expect(after).toEqual(before);
});

test("the audit's lock is the last one: its holder waits for nobody while others wait for it", async () => {
  const { server, sql, post } = shared;
  const session = fresh("session");
  await post(createSession({ workspace: "/w" }), session);
  const other = fresh("session");
  await post(createSession({ workspace: "/w" }), other);
  const blocker = new pg.Client(server.database.url);
  await blocker.connect();
  onTestFinished(() => blocker.end());
  await blocker.query("begin");
  await blocker.query("select pg_advisory_xact_lock(hashtextextended('tutti audit', 0))");
  const subject = { kind: "trust" as const, repository: "/r", hash: "h", items: [] };
  const waiting = post({ type: "approval.request", approval: fresh("approval"), subject }, session);
  const [waits] = await until(() =>
    sql(
      "select pid from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())",
    ),
  );
  // Everything else of its transaction is written; an event that is not audited passes by.
  expect(await post({ type: "turn.start", turn: "t", text: "go" }, other)).toMatchObject({ ok: true });
  expect(
    await sql("select 1 from pg_locks where pid = $1 and not granted and locktype <> 'advisory'", [
      waits?.pid,
    ]),
  ).toEqual([]);
  await blocker.query("commit");
  expect(await waiting).toMatchObject({ ok: true });
  expect(await shared.verify()).toMatchObject({ ok: true });
});

async function until<T>(look: () => Promise<T[]>): Promise<T[]> {
  for (;;) {
    const found = await look();
    if (found.length > 0) return found;
  }
}

test("canonical JSON does not depend on the order of keys", () => {
  const call: Partial<ToolCall> = { name: "b", id: "a" };
  expect(canonicalJson({ z: [1, { b: null, a: "ü" }], call })).toBe(
    '{"call":{"id":"a","name":"b"},"z":[1,{"a":"ü","b":null}]}',
  );
});
