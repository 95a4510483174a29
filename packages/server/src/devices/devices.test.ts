import { randomBytes } from "node:crypto";
import { stat } from "node:fs/promises";
import path from "node:path";
import { type CommandEnvelope, type PushSubscription, routes } from "@tutti/core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { EnginePorts } from "../server.ts";
import { createSession, type TestServer, testCertificate, testServer } from "../testing.ts";
import { lookUpPublicly, NotPublicError } from "./push-services.ts";
import { type SampleDevice, type SamplePushService, startPushService } from "./sample-push-service.ts";

let server: TestServer;
let service: SamplePushService;
let ports: EnginePorts;
let publicKey = "";
let cookie = "";
const openEngine = async (given: EnginePorts) => {
  ports = given;
  return { start: async () => {}, stop: async () => {} };
};
const programs = [{ name: "p", version: "1", input: { safeParse: () => ({ success: true }) } } as never];
beforeAll(async () => {
  const tls = await testCertificate();
  service = await startPushService(tls, () => publicKey);
  server = await testServer({ port: 0, openEngine, programs, localPushServices: { ca: tls.cert } });
  publicKey = routes.self.output.parse(await (await server.request("/v1/self")).json()).pushKey;
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await service.close();
});
beforeEach(async () => {
  await server.database.pool.query("delete from push_subscriptions");
  cookie = await signedIn(server);
});

/** The cookie of a browser that was signed in. */
async function signedIn(at: TestServer): Promise<string> {
  const made = await at.request("/v1/sign-in-links", { method: "POST" });
  const link = routes.signInLink.output.parse(await made.json()).path;
  const opened = await at.request(link, { headers: { host: new URL(at.running.url ?? "").host } });
  return opened.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
}

/** As the app's own page asks. */
const post = (to: string, body: unknown, at = server) =>
  fetch(`${at.running.url}${to}`, {
    method: "POST",
    headers: { cookie, origin: at.running.url ?? "", "content-type": "application/json" },
    body: JSON.stringify(body),
  });
const subscribe = (subscription: PushSubscription, at = server) =>
  post("/v1/push-subscriptions", subscription, at);
const remove = async ({ subscription: { endpoint } }: SampleDevice) =>
  (await post("/v1/push-subscriptions/remove", { endpoint })).json();

async function device(): Promise<SampleDevice> {
  const made = service.device();
  expect((await subscribe(made.subscription)).status).toBe(200);
  return made;
}

const fresh = (what: string) => `${what}-${crypto.randomUUID()}`;
async function send(session: string, command: CommandEnvelope["command"]): Promise<void> {
  const sent = await ports.dispatch(
    { id: fresh("command"), session, command },
    { kind: "orchestration", name: "test" },
    "orchestration",
  );
  expect(sent).toMatchObject({ ok: true });
}

/** A request in a repository, with a question of its own. */
async function asking(): Promise<{ session: string; approval: string }> {
  const [session, approval] = [fresh("session"), fresh("approval")];
  const input = { repository: "/home/ada/shop", tasks: [] };
  const orchestration = { name: "p", version: "1", input };
  await send(session, createSession({ title: "Add due dates", orchestration, harness: undefined }));
  const subject = {
    kind: "trust" as const,
    repository: "/home/ada/shop",
    hash: "h",
    items: ["rm -rf secret"],
  };
  await send(session, { type: "approval.request", approval, subject });
  return { session, approval };
}
async function answer({ session, approval }: { session: string; approval: string }): Promise<void> {
  const command = { type: "approval.resolve", approval, answer: "allow" };
  const body = JSON.stringify({ id: fresh("command"), session, command });
  expect((await server.request("/v1/commands", { method: "POST", body })).status).toBe(200);
}

test("a device is told of a question that waits, and that it is over", async () => {
  const phone = await device();
  const question = await asking();
  const { message, headers } = await phone.next();
  expect(message).toEqual({
    title: "Decide: trust the repository's commands",
    body: "Add due dates · shop",
    url: `/a/${question.approval}`,
    tag: `approval-${question.approval}`,
  });
  expect(headers).toMatchObject({ urgency: "high", ttl: "86400", "content-encoding": "aes128gcm" });
  await answer(question);
  const closing = await phone.next();
  expect(closing.message).toEqual({ close: `approval-${question.approval}` });
  expect(closing.headers.topic).toBe(headers.topic);
  expect(await remove(phone)).toEqual({ removed: true });
  expect(await remove(phone)).toEqual({ removed: false });
});

test("a device is told of a task that failed, and of no other end", async () => {
  const phone = await device();
  const end = async (outcome: "interrupted" | "declined" | "checks-failed") => {
    const session = fresh("session");
    const orchestration = { name: "p", version: "1", input: {} };
    await send(session, createSession({ title: "Fix it", orchestration, harness: undefined }));
    await send(session, { type: "task.create", task: { id: "fix", text: "Fix it" }, parallel: 1 });
    await send(session, { type: "task.end", task: "fix", outcome, detail: "secret", mergedCommit: null });
    return session;
  };
  await end("interrupted");
  await end("declined");
  const session = await end("checks-failed");
  expect((await phone.next()).message).toEqual({
    title: "Unblock: Checks failed",
    body: "Fix it",
    url: `/s/${session}`,
    tag: `task-${session}-fix`,
  });
  await remove(phone);
});

test("a device that is gone is forgotten; a service that fails is asked again, and holds nobody up", async () => {
  const [gone, busy, silent, well] = [await device(), await device(), await device(), await device()];
  gone.answers = [410];
  busy.answers = [503];
  silent.answers = [null];
  const question = await asking();
  expect((await well.next()).message).toMatchObject({ url: `/a/${question.approval}` });
  const first = await busy.next();
  expect(await busy.next()).toMatchObject({ message: first.message });
  await gone.next();
  await answer(question);
  await well.next();
  await expect.poll(() => remove(gone)).toEqual({ removed: false });
  for (const one of [busy, silent, well]) expect(await remove(one)).toEqual({ removed: true });
});

test("a device is told for as long as its sign-in holds", async () => {
  const stays = await device();
  cookie = await signedIn(server);
  const leaves = await device();
  const listed = routes.signIns.output.parse(
    await (await fetch(`${server.running.url}/v1/sign-ins`, { headers: { cookie } })).json(),
  );
  const current = listed.signIns.find((one) => one.current)?.id;
  expect((await server.request(`/v1/sign-ins/${current}/revoke`, { method: "POST" })).status).toBe(200);
  cookie = await signedIn(server);
  expect(await remove(leaves)).toEqual({ removed: false });
  expect(await remove(stays)).toEqual({ removed: true });
  const { rows } = await server.database.pool.query("select endpoint from push_subscriptions");
  expect(rows).toEqual([]);
});

test("of more than fifty devices the oldest is told nothing any more", async () => {
  const first = await device();
  for (let count = 0; count < 50; count++)
    await subscribe({ ...first.subscription, endpoint: `${first.subscription.endpoint}-${count}` });
  const { rows } = await server.database.pool.query("select count(*)::int from push_subscriptions");
  expect(rows).toEqual([{ count: 50 }]);
  expect(await remove(first)).toEqual({ removed: false });
});

test("only a browser subscribes, with what messages can be encrypted for", async () => {
  const { endpoint, keys } = service.device().subscription;
  const body = JSON.stringify({ endpoint, keys });
  expect((await server.request("/v1/push-subscriptions", { method: "POST", body })).status).toBe(403);
  const refused = async (change: Partial<PushSubscription["keys"]>, field: string) =>
    expect(await (await subscribe({ endpoint, keys: { ...keys, ...change } })).json()).toMatchObject({
      status: 422,
      field,
    });
  await refused({ p256dh: randomBytes(65).toString("base64url") }, "keys.p256dh");
  await refused(
    { p256dh: Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)]).toString("base64url") },
    "keys.p256dh",
  );
  await refused({ auth: "short" }, "keys.auth");
  expect((await stat(path.join(server.stateDir, "push.keys"))).mode & 0o777).toBe(0o600);
});

test("a push service is a public one: nobody makes this server reach into its own networks", async () => {
  await using strict = await testServer({ port: 0, openEngine });
  cookie = await signedIn(strict);
  const { keys } = service.device().subscription;
  for (const endpoint of [
    "https://127.0.0.1/x",
    "https://[::1]/x",
    "https://192.168.1.1/x",
    "https://2130706433/x",
    "https://localhost/x",
    "https://you:secret@push.example.org/x",
    "http://push.example.org/x",
  ])
    expect((await subscribe({ endpoint, keys }, strict)).status, endpoint).toBe(422);
  expect((await subscribe({ endpoint: "https://push.example.org/x", keys }, strict)).status).toBe(200);
  // A name may look public and lead inside.
  const found = new Promise((resolve) => lookUpPublicly("localhost", {}, resolve));
  expect(await found).toBeInstanceOf(NotPublicError);
});
