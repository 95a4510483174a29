import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { createClient } from "@tutti/client";
import { nodeFetch } from "@tutti/client/node";
import { type Problem, problemSchema } from "@tutti/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tokenFile } from "../access/tokens.ts";
import { testDatabase } from "../database/testing.ts";
import { startServer } from "../server.ts";
import { createSession, type TestServer, testServer } from "../testing.ts";

let server: TestServer;
let url: string;
beforeAll(async () => {
  server = await testServer({ port: 0 });
  url = server.running.url ?? "";
});
afterAll(() => server[Symbol.asyncDispose]());

interface Asked {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** From which address of this machine. */
  from?: string;
}

/** As a browser would: over the port, with no header that it was not told to send. */
async function ask(to: string, { method = "GET", headers = {}, body, from }: Asked = {}) {
  const asked = request(`${url}${to}`, {
    method,
    headers,
    agent: false,
    ...(from !== undefined && { localAddress: from }),
  });
  asked.end(body);
  const [answer]: IncomingMessage[] = await once(asked, "response");
  if (!answer) throw new Error("no answer");
  let text = "";
  for await (const piece of answer.setEncoding("utf8")) text += piece;
  return { status: answer.statusCode ?? 0, headers: answer.headers, text };
}

const problemIn = ({ text }: { text: string }): Problem => problemSchema.parse(JSON.parse(text));
const bearer = async (scope: "person" | "runner" = "person") => ({
  authorization: `Bearer ${await server.token(scope)}`,
});
async function makeLink(): Promise<string> {
  const answer = await ask("/v1/sign-in-links", { method: "POST", headers: await bearer() });
  expect(answer.status).toBe(200);
  return JSON.parse(answer.text).path;
}
/** The cookie of a browser that was signed in. */
async function signedIn(): Promise<string> {
  const { headers } = await ask(await makeLink(), { headers: { "user-agent": "a browser" } });
  return (headers["set-cookie"]?.[0] ?? "").split(";", 1)[0] ?? "";
}
const own = () => ({ origin: url });
const create = () =>
  JSON.stringify({
    id: `command-${crypto.randomUUID()}`,
    session: `session-${crypto.randomUUID()}`,
    command: createSession(),
  });
const json = { "content-type": "application/json" };

test("a link signs a browser in once and leads away from itself", async () => {
  const link = await makeLink();
  expect(link).toMatch(/^\/sign-in\?code=tutti_code_[\w-]{43}$/);
  const answer = await ask(link);
  expect(answer.status).toBe(303);
  expect(answer.headers.location).toBe("/");
  expect(answer.headers).toMatchObject({ "cache-control": "no-store", "referrer-policy": "no-referrer" });
  const [cookie = "", ...more] = answer.headers["set-cookie"] ?? [];
  expect(more).toEqual([]);
  const port = new URL(url).port;
  expect(cookie).toMatch(new RegExp(`^tutti-${port}=tutti_browser_[\\w-]{43}; `));
  expect(cookie).toMatch(/; HttpOnly/);
  expect(cookie).toMatch(/; SameSite=Strict/);
  expect(cookie).toMatch(/; Path=\//);
  expect(cookie).not.toMatch(/; Secure|Domain/);
  expect(new Date(/Expires=([^;]+)/.exec(cookie)?.[1] ?? 0).getTime()).toBeGreaterThan(
    Date.now() + 29 * 24 * 60 * 60_000,
  );
  const code = new URL(`http://x${link}`).searchParams.get("code") ?? "";
  expect(answer.text + JSON.stringify(answer.headers)).not.toContain(code);

  const again = await ask(link);
  expect(again.status).toBe(410);
  expect(again.headers["content-type"]).toContain("text/html");
  expect(again.text).toContain("This link is over");
  expect(again.text).not.toContain(code);
  expect(again.headers["set-cookie"]).toBeUndefined();
  expect(again.headers["content-security-policy"]).toContain("default-src 'none'");
});

test("a link leads on to a path of this server, and nowhere else", async () => {
  const leads = async (next: string) =>
    (await ask(`${await makeLink()}&next=${encodeURIComponent(next)}`)).headers.location;
  expect(await leads("/s/request-1?tab=log#end")).toBe("/s/request-1?tab=log#end");
  for (const next of [
    "//evil.example/x",
    "/\\evil.example",
    "/.//evil.example",
    "/\t/evil.example",
    "https://evil.example/",
    "evil",
    "",
  ])
    expect(await leads(next), next).toBe("/");
});

test("behind TLS the cookie is for TLS alone", async () => {
  const headers = { "x-forwarded-proto": "https", host: "localhost" };
  const { headers: answered } = await ask(await makeLink(), { headers });
  const [cookie = ""] = answered["set-cookie"] ?? [];
  expect(cookie).toMatch(/^__Host-tutti-0=.*; Secure/);
  const [pair = ""] = cookie.split(";");
  expect((await ask("/v1/health", { headers: { ...headers, cookie: pair } })).status).toBe(200);
  const stale = await ask("/v1/health", { headers: { ...headers, cookie: `${pair}x` } });
  expect(stale.status).toBe(401);
  expect(stale.headers["set-cookie"]?.[0]).toMatch(/^__Host-tutti-0=;.*Secure/);
});

test("what only looks at a link does not use it up", async () => {
  const link = await makeLink();
  expect((await ask(link, { method: "HEAD" })).status).toBe(404);
  expect((await ask(link, { method: "POST" })).status).toBe(404);
  const looking: Record<string, string>[] = [
    { "sec-purpose": "prefetch;prerender" },
    { purpose: "prefetch" },
    { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" },
  ];
  for (const headers of looking) expect((await ask(link, { headers })).status).toBe(403);
  expect((await ask(link, { headers: { "sec-fetch-mode": "navigate" } })).status).toBe(303);
});

test("links and sign-ins are the person's", async () => {
  const headers = await bearer("runner");
  for (const [method, to] of [
    ["POST", "/v1/sign-in-links"],
    ["GET", "/v1/sign-ins"],
    ["POST", "/v1/sign-ins/x/revoke"],
  ] as const) {
    expect((await ask(to, { method, headers })).status).toBe(403);
    expect((await ask(to, { method })).status).toBe(401);
  }
});

test("a browser speaks for the person, from this server's own pages alone", async () => {
  const cookie = await signedIn();
  expect((await ask("/v1/sessions", { headers: { cookie } })).status).toBe(200);
  const post = (headers: Record<string, string>) =>
    ask("/v1/commands", { method: "POST", headers: { ...json, cookie, ...headers }, body: create() });
  expect((await post(own())).status).toBe(200);
  expect((await post({ "sec-fetch-site": "same-origin" })).status).toBe(200);
  for (const headers of [
    {},
    { origin: "http://localhost:3000" },
    { origin: "null" },
    { origin: "https://evil.example" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "none" },
  ])
    expect(problemIn(await post(headers as Record<string, string>))).toMatchObject({ status: 403 });
  const image = { cookie, "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors" };
  expect((await ask("/v1/sessions", { headers: image })).status).toBe(403);
  expect((await ask("/v1/sessions", { headers: { cookie, host: "evil.example" } })).status).toBe(421);
  // What is for runners is not for a browser.
  const join = { method: "POST", headers: { ...json, ...own(), cookie }, body: '{"id":"here","name":"x"}' };
  expect((await ask("/v1/hosts", join)).status).toBe(403);
  // A token needs no origin: no page can send it unseen.
  const token = { ...json, ...(await bearer()) };
  expect((await ask("/v1/commands", { method: "POST", headers: token, body: create() })).status).toBe(200);
});

test("the cookie of another server of this machine is none", async () => {
  const cookie = await signedIn();
  const [, value] = cookie.split("=");
  expect((await ask("/v1/health", { headers: { cookie: `tutti-1=${value}` } })).status).toBe(401);
});

test("a browser that is signed out is so at once, its streams too, and forgets its cookie", async () => {
  const [first, second] = [await signedIn(), await signedIn()];
  const listed = JSON.parse((await ask("/v1/sign-ins", { headers: { cookie: first } })).text).signIns;
  const current = listed.filter((one: { current: boolean }) => one.current);
  expect(current).toMatchObject([{ browser: "a browser", current: true }]);
  const revoke = async (headers: Record<string, string>) =>
    JSON.parse((await ask(`/v1/sign-ins/${current[0].id}/revoke`, { method: "POST", headers })).text);

  const following = request(`${url}/v1/events`, { headers: { cookie: first }, agent: false });
  following.end();
  const [stream]: IncomingMessage[] = await once(following, "response");
  const ended = new Promise((resolve) => stream?.resume().on("error", resolve).on("close", resolve));

  expect(await revoke({ cookie: second, ...own() })).toEqual({ revoked: true });
  await ended;
  expect(await revoke({ cookie: second, ...own() })).toEqual({ revoked: false });
  const refused = await ask("/v1/health", { headers: { cookie: first } });
  expect(refused.status).toBe(401);
  expect(refused.headers["set-cookie"]?.[0]).toMatch(/^tutti-\d+=; Max-Age=0/);
  expect((await ask("/v1/health", { headers: { cookie: second } })).status).toBe(200);
});

test("a browser may sign itself out, and hears that it did", async () => {
  const cookie = await signedIn();
  const { signIns } = JSON.parse((await ask("/v1/sign-ins", { headers: { cookie } })).text);
  const { id } = signIns.find((one: { current: boolean }) => one.current);
  const answer = await ask(`/v1/sign-ins/${id}/revoke`, { method: "POST", headers: { cookie, ...own() } });
  expect(JSON.parse(answer.text)).toEqual({ revoked: true });
  expect((await ask("/v1/health", { headers: { cookie } })).status).toBe(401);
});

test("who fails often has to wait, and a right token is let in all the same", async () => {
  const from = "127.0.0.9";
  /** Asks until it is too often. While it asks, more failures become free. */
  const exhaust = async (to: string, asked: Asked, refused: number) => {
    for (let count = 0; ; count++) {
      const answer = await ask(to, asked);
      if (answer.status !== refused) return answer;
      expect(count).toBeLessThan(1_000);
    }
  };
  const wrong: Record<string, Asked & { to: string; refused: number }> = {
    token: { to: "/v1/health", headers: { authorization: "Bearer wrong" }, refused: 401 },
    cookie: { to: "/v1/health", headers: { cookie: `tutti-${new URL(url).port}=wrong` }, refused: 401 },
    code: { to: "/sign-in?code=wrong", refused: 410 },
  };
  for (const { to, refused, ...asked } of Object.values(wrong)) {
    const limited = await exhaust(to, { ...asked, from }, refused);
    expect(problemIn(limited)).toMatchObject({ status: 429, type: "urn:tutti:problem:too-many-failures" });
    expect(limited.headers["retry-after"]).toMatch(/^[1-3]$/);
    // Others are not concerned, nor are those who bring nothing.
    expect((await ask(to, asked)).status).toBe(refused);
    expect((await ask("/v1/health", { from })).status).toBe(401);
  }
  expect((await ask("/v1/health", { headers: await bearer(), from })).status).toBe(200);
  // A limit does not use up a link.
  const link = await makeLink();
  await exhaust("/sign-in?code=wrong", { from }, 410);
  expect((await ask(link, { from })).status).toBe(429);
  expect((await ask(link)).status).toBe(303);
});

test("the client makes links, lists sign-ins and ends them", async () => {
  const client = createClient({
    baseUrl: "http://localhost",
    token: await server.token("person"),
    fetch: nodeFetch(server.socketPath),
  });
  const { path: link } = await client.signInLink();
  const before = await client.signIns();
  expect((await ask(link)).status).toBe(303);
  const [latest] = await client.signIns();
  expect(await client.signIns()).toHaveLength(before.length + 1);
  expect(latest?.current).toBe(false);
  expect(await client.revokeSignIn(latest?.id ?? "")).toBe(true);
  expect(await client.revokeSignIn(latest?.id ?? "")).toBe(false);
  expect(await client.signIns()).toHaveLength(before.length);
});

test("no token, cookie or code is in the journal, whatever fails", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "tutti-journal-"));
  const stateDir = path.join(folder, "state");
  const database = await testDatabase();
  const options = {
    stateDir,
    databaseUrl: database.url,
    socketPath: path.join(folder, "api.sock"),
    port: 0,
    agentFolders: [],
    version: "test",
    openEngine: async () => ({ start: async () => {}, stop: async () => {} }),
  };
  const other = url;
  const running = await startServer(options);
  try {
    url = running.url ?? "";
    const token = (await readFile(tokenFile(stateDir, "person"), "utf8")).trim();
    const headers = { authorization: `Bearer ${token}` };
    const link = async () =>
      JSON.parse((await ask("/v1/sign-in-links", { method: "POST", headers })).text).path as string;
    const used = await link();
    const cookie = String((await ask(used)).headers["set-cookie"]).split(";", 1)[0] ?? "";
    await ask(used);
    await ask("/v1/health", { headers: { cookie } });
    await ask("/v1/nothing?code=tutti_code_that_nobody_may_read_here", { headers: { cookie } });
    // The database fails under every kind of credential, with errors that hold what they were about.
    await database.pool.query("drop table sign_ins cascade; drop table session_summaries");
    expect((await ask("/v1/health", { headers: { cookie } })).status).toBe(500);
    const unused = await link();
    expect((await ask(unused)).status).toBe(500);
    expect((await ask("/v1/sessions", { headers })).status).toBe(500);
    const journal = await readFile(path.join(stateDir, "server.log"), "utf8");
    expect(journal).toContain("GET /sign-in failed");
    expect(journal).toContain("GET /v1/health failed");
    const secrets = [token, cookie.split("=")[1], used.split("=")[1], unused.split("=")[1]];
    for (const secret of secrets) {
      expect(secret).toMatch(/^tutti_[a-z]+_[\w-]{43}$/);
      expect(journal).not.toContain(secret?.split("_").slice(2).join("_"));
    }
    expect(journal).not.toMatch(/authorization|bearer|nobody_may_read/i);
    expect((await stat(path.join(stateDir, "server.log"))).mode & 0o777).toBe(0o600);
    expect((await stat(stateDir)).mode & 0o777).toBe(0o700);
  } finally {
    url = other;
    await running.stop();
  }
  await chmod(stateDir, 0o755);
  await expect(startServer(options)).rejects.toThrow(`chmod 700 ${stateDir}`);
  await database.close();
  await rm(folder, { recursive: true, force: true });
});
