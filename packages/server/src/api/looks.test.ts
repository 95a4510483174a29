import { request } from "node:http";
import { type Client, createClient, type Message, newId, ProblemError } from "@tutti/client";
import { nodeFetch } from "@tutti/client/node";
import type { HarnessCard, Lease, SentLook } from "@tutti/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestServer, testServer } from "../testing.ts";

let server: TestServer;
let person: Client;
let runner: Client;

beforeAll(async () => {
  server = await testServer();
  const clientOf = async (scope: "person" | "runner") =>
    createClient({
      baseUrl: "http://localhost",
      token: await server.token(scope),
      fetch: nodeFetch(server.socketPath),
    });
  person = await clientOf("person");
  runner = await clientOf("runner");
});
afterAll(() => server[Symbol.asyncDispose]());

const card: HarnessCard = {
  id: "one",
  title: "One",
  mark: "1",
  form: "solid",
  vendor: "maker",
  steer: true,
  images: true,
};

/** A machine that hears: what it is asked, one after the other. */
async function machine() {
  const id = newId("host");
  const { lease, position } = await runner.join({ id, name: "laptop", harnesses: [card] });
  const ending = new AbortController();
  const stream = runner.followAll({ after: position, host: id, signal: ending.signal });
  const messages = stream[Symbol.asyncIterator]();
  const first = messages.next();
  for (;;) if ((await person.hosts()).find((host) => host.id === id)?.connected) break;
  let pending: Promise<IteratorResult<Message>> | undefined = first;
  return {
    id,
    lease,
    async asked(): Promise<SentLook> {
      const { value } = await (pending ?? messages.next());
      pending = undefined;
      if (value?.kind !== "look") throw new Error("no look came");
      return value.sent;
    },
    async [Symbol.asyncDispose]() {
      ending.abort();
      await messages.return?.(undefined);
    },
  };
}
const answer = (lease: Lease, { id }: SentLook, text: string) =>
  runner.answerLook(id, { lease, answer: { type: "file.read", text: { text, cut: 0 }, size: text.length } });
const look = { type: "file.read", root: "/", path: "etc/motd" } as const;
const problemOf = (asked: Promise<unknown>) =>
  asked.then(
    () => undefined,
    (error: unknown) => (error instanceof ProblemError ? error.problem : error),
  );

test("a machine brings the marks of its harnesses, and they are told", async () => {
  await using host = await machine();
  const told = (await person.hosts()).find(({ id }) => id === host.id);
  expect(told).toMatchObject({ name: "laptop", connected: true, harnesses: [card] });
});

test("a look reaches the machine that it is for, and its answer who asked", async () => {
  await using host = await machine();
  await using other = await machine();
  const asking = person.look(host.id, look);
  const sent = await host.asked();
  expect(sent.look).toEqual(look);
  await answer(other.lease, sent, "another machine's");
  await answer(host.lease, sent, "hello");
  expect(await asking).toEqual({ type: "file.read", text: { text: "hello", cut: 0 }, size: 5 });
});

test("a machine that is not here is said so at once, by its name", async () => {
  const id = newId("host");
  await runner.join({ id, name: "desk" });
  expect(await problemOf(person.look(id, look))).toMatchObject({
    status: 503,
    type: "urn:tutti:problem:unavailable",
    detail: expect.stringContaining("the machine desk"),
  });
  expect(await problemOf(person.look("nowhere", look))).toMatchObject({
    detail: "there is no machine nowhere",
  });
});

test("looks are for persons, answers for the machine that holds the lease", async () => {
  await using host = await machine();
  expect(await problemOf(runner.look(host.id, look))).toMatchObject({ status: 403 });
  const stale = { ...host.lease, epoch: host.lease.epoch + 1 };
  expect(await problemOf(answer(stale, { id: "look-1", look }, "no"))).toMatchObject({ status: 409 });
  // Nobody waits for it any more.
  await answer(host.lease, { id: "look-1", look }, "late");
});

test("two hundred looks wait at once and no more, and who goes away frees a place", async () => {
  await using host = await machine();
  const headers = {
    authorization: `Bearer ${await server.token("person")}`,
    "content-type": "application/json",
  };
  const body = JSON.stringify({ host: host.id, look });
  const waiting = Array.from({ length: 200 }, () => {
    const asked = request({
      socketPath: server.socketPath,
      path: "/v1/looks",
      method: "POST",
      headers,
      agent: false,
    });
    asked.on("error", () => {});
    asked.end(body);
    return asked;
  });
  for (const _ of waiting) await host.asked();
  expect(await problemOf(person.look(host.id, look))).toMatchObject({
    status: 503,
    detail: expect.stringContaining("200 looks"),
  });
  waiting[0]?.destroy();
  const asking = (async () => {
    for (;;) {
      const problem = await problemOf(person.look(host.id, look));
      if (problem === undefined) return;
    }
  })();
  await answer(host.lease, await host.asked(), "a place");
  await asking;
  for (const asked of waiting) asked.destroy();
});
