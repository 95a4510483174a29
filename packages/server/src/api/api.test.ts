import { type Problem, problemSchema, type RouteSpec, routes } from "@tutti/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSession, type TestServer, testServer } from "../testing.ts";

let server: TestServer;
let count = 0;
const fresh = (prefix: string) => `${prefix}-${++count}-of-test`;

beforeAll(async () => {
  server = await testServer({ port: 0 });
});
afterAll(() => server[Symbol.asyncDispose]());

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  server.request(path, {
    method: "POST",
    headers,
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
async function problemOf(response: Response): Promise<Problem> {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const problem = problemSchema.parse(await response.json());
  expect(problem.status).toBe(response.status);
  return problem;
}
const runner = async () => ({ authorization: `Bearer ${await server.token("runner")}` });
const envelope = (session: string, command: object) => ({ id: fresh("command"), session, command });
async function created(): Promise<string> {
  const session = fresh("session");
  expect((await post("/v1/commands", envelope(session, createSession()))).status).toBe(200);
  return session;
}

test.each([
  ...Object.values<RouteSpec>(routes).map(({ method, path }) => [method, path]),
  ["GET", "/v1/openapi.json"],
  ["GET", "/"],
])("%s %s needs a token", async (method, path) => {
  for (const authorization of ["", "Bearer wrong"]) {
    const response = await server.request(path, { method, headers: { authorization } });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
    expect((await problemOf(response)).type).toBe("urn:tutti:problem:unauthorized");
  }
});

test("what is wrong with a request is named", async () => {
  const session = fresh("session");
  const wrong = async (body: unknown) => {
    const { status, field, detail } = await problemOf(await post("/v1/commands", body));
    return [status, field, detail];
  };
  const good = envelope(session, createSession());
  expect(await wrong({ ...good, extra: 1 })).toEqual([422, "extra", "extra: unknown field"]);
  expect(await wrong({ ...good, session: "Not An Id" })).toEqual([
    422,
    "session",
    expect.stringContaining("lower case"),
  ]);
  expect(await wrong({ ...good, command: { type: "turn.begin" } })).toEqual([
    422,
    "command.type",
    expect.stringContaining("'turn.start'"),
  ]);
  const { spec } = createSession();
  const creating = (more: object) => ({
    ...good,
    command: { type: "session.create", spec: { ...spec, ...more } },
  });
  expect(await wrong(creating({ titel: "x" }))).toEqual([
    422,
    "command.spec.titel",
    expect.stringContaining("unknown field"),
  ]);
  expect((await wrong(creating({ policies: [{ name: "nobody" }] }))).slice(0, 2)).toEqual([
    422,
    "command.spec.policies.0.name",
  ]);
  expect(
    (await wrong(creating({ policies: [{ name: "read-only", params: { odd: 1 } }] }))).slice(0, 1),
  ).toEqual([422]);
  const orchestration = { name: "implement-review-merge", version: "1", input: { tasks: [] } };
  expect((await wrong(creating({ harness: undefined, orchestration }))).slice(0, 2)).toEqual([
    422,
    expect.stringMatching(/^command\.spec\.orchestration\.input\./),
  ]);
  expect(
    (await wrong(creating({ harness: undefined, orchestration: { ...orchestration, version: "0" } })))[2],
  ).toContain("implement-review-merge 1");
  // None of it has left a trace.
  expect((await server.request(`/v1/sessions/${session}`)).status).toBe(404);
});

test("queries are read as strictly as bodies", async () => {
  const field = async (path: string) => (await problemOf(await server.request(path))).field;
  expect(await field("/v1/sessions?limit=0")).toBe("limit");
  expect(await field("/v1/sessions?limit=1&limit=2")).toBe("limit");
  expect(await field("/v1/sessions?lmit=1")).toBe("lmit");
  expect(await field("/v1/health?verbose=1")).toBe("verbose");
  expect(await field("/v1/agents?repository=here")).toBe("repository");
  expect(await field("/v1/sessions/Not%20An%20Id")).toBe("id");
});

test("bodies are JSON of a bounded size", async () => {
  expect((await problemOf(await post("/v1/commands", "{broken"))).status).toBe(400);
  expect((await problemOf(await post("/v1/commands", "{}", { "content-type": "text/plain" }))).status).toBe(
    415,
  );
  expect((await problemOf(await post("/v1/commands", `"${"x".repeat(9 * 1024 * 1024)}"`))).status).toBe(413);
});

test("routes and sessions that aren't there are told apart", async () => {
  expect((await problemOf(await server.request("/v1/nothing"))).type).toBe("urn:tutti:problem:not-found");
  for (const path of [
    "/v1/sessions/nobody",
    "/v1/sessions/nobody/events",
    "/v1/sessions/nobody/events?follow=true",
  ])
    expect((await problemOf(await server.request(path))).type).toBe("urn:tutti:problem:unknown-session");
});

test("each caller may do what is its own", async () => {
  const session = await created();
  const turn = envelope(session, { type: "turn.start", turn: "t", text: "go" });
  expect((await problemOf(await post("/v1/commands", turn, await runner()))).status).toBe(403);
  const item = { type: "item.add", turn: "t", item: { kind: "message", id: "i", text: "x" } };
  expect((await problemOf(await post("/v1/commands", envelope(session, item)))).status).toBe(403);
  expect((await problemOf(await post("/v1/hosts", { id: "here", name: "x" }))).status).toBe(403);
  const taskEnd = { type: "task.move", task: "t", phase: "waiting", round: 0, detail: "" };
  for (const headers of [{}, await runner()])
    expect((await problemOf(await post("/v1/commands", envelope(session, taskEnd), headers))).status).toBe(
      403,
    );
});

test("a stale lease and a refused command say so", async () => {
  const session = await created();
  const headers = await runner();
  const join = async () => (await post("/v1/hosts", { id: "here", name: "laptop" }, headers)).json();
  const { lease } = (await join()) as { lease: object };
  await join();
  const adopt = { ...envelope(session, { type: "turn.adopt", turn: "t" }), lease };
  expect((await problemOf(await post("/v1/commands", adopt, headers))).type).toBe(
    "urn:tutti:problem:stale-lease",
  );
  const delta = { lease, delta: { session, turn: "t", item: "i", kind: "message", text: "x" } };
  expect((await problemOf(await post("/v1/deltas", delta, headers))).type).toBe(
    "urn:tutti:problem:stale-lease",
  );
  const interrupt = envelope(session, { type: "turn.interrupt" });
  expect(await problemOf(await post("/v1/commands", interrupt))).toMatchObject({
    status: 409,
    type: "urn:tutti:problem:conflict",
  });
});

test("a batch is carried out in order, refused commands aside, and once however often it is sent", async () => {
  const session = await created();
  const commands = [
    envelope(session, { type: "turn.start", turn: "t1", text: "go" }),
    envelope(session, { type: "turn.start", turn: "t2", text: "go" }),
    envelope(session, { type: "turn.interrupt" }),
  ];
  const sent = async () => (await post("/v1/command-batches", { commands })).json();
  const first = await sent();
  expect(first).toMatchObject({
    sent: [
      { ok: true, receipt: { seq: 2 } },
      { ok: false, refusal: { kind: "conflict" } },
      { ok: true, receipt: { seq: 3 } },
    ],
  });
  expect(await sent()).toEqual(first);

  const other = envelope(fresh("session"), createSession());
  const mixed = await post("/v1/command-batches", { commands: [...commands, other] });
  expect(await problemOf(mixed)).toMatchObject({ status: 422, field: "commands" });
});

test("a name that was made to point here is turned away", async () => {
  const response = await server.request("/v1/health", { headers: { host: "evil.example" } });
  expect((await problemOf(response)).status).toBe(421);
  for (const host of ["localhost:1234", "127.0.0.1", "[::1]:80", "192.0.2.7:80"])
    expect((await server.request("/v1/health", { headers: { host } })).status).toBe(200);
});

test("no answer is stored, sniffed, framed or shared", async () => {
  for (const path of ["/v1/health", "/v1/nothing"]) {
    const { headers } = await server.request(path, { headers: { origin: "http://localhost:1" } });
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("access-control-allow-origin")).toBeNull();
  }
});

test("the OpenAPI document holds every route, and all that it points to", async () => {
  const text = await (await server.request("/v1/openapi.json")).text();
  const document = JSON.parse(text);
  expect(document.openapi).toBe("3.1.0");
  for (const { path, method, summary } of Object.values<RouteSpec>(routes))
    expect(document.paths[path.replace(":id", "{id}")][method.toLowerCase()].summary).toBe(summary);
  const targets = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, target = ""]) => target);
  expect(targets.length).toBeGreaterThan(20);
  for (const target of targets) {
    let node = document;
    for (const step of target.split("/")) node = node?.[step];
    expect(node, target).toBeDefined();
  }
});

test("the port answers as the socket does, to tokens alone", async () => {
  const url = `${server.running.url}/v1/health`;
  expect((await fetch(url)).status).toBe(401);
  const authorization = `Bearer ${await server.token("person")}`;
  expect(await (await fetch(url, { headers: { authorization } })).json()).toMatchObject({
    version: "test",
    database: "ok",
  });
});
