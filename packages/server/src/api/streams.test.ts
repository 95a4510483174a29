import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { type Client, createClient, type Message, newId } from "@tutti/client";
import { nodeFetch } from "@tutti/client/node";
import { type Command, foldAll, type LoggedEvent } from "@tutti/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TokenScope } from "../access/tokens.ts";
import { createSession, type TestServer, testServer } from "../testing.ts";

let server: TestServer;
let person: Client;
let runner: Client;

const clientOf = async (scope: TokenScope) =>
  createClient({
    baseUrl: "http://localhost",
    token: await server.token(scope),
    fetch: nodeFetch(server.socketPath),
  });

beforeAll(async () => {
  server = await testServer();
  person = await clientOf("person");
  runner = await clientOf("runner");
});
afterAll(() => server[Symbol.asyncDispose]());

async function send(session: string, command: Command): Promise<number> {
  const sent = await person.command({ id: newId("command"), session, command });
  if (!sent.ok) throw new Error(sent.refusal.message);
  return sent.receipt.seq;
}
async function created(more: Parameters<typeof createSession>[0] = {}): Promise<string> {
  const session = newId("session");
  await send(session, createSession(more));
  return session;
}
/** Appends `count` events of `bytes` each to a session with an open turn. */
async function chatter(session: string, count: number, bytes = 10): Promise<void> {
  for (let index = 0; index < count; index += 1)
    await send(session, { type: "turn.steer", steer: `s${index}`, text: `${index} ${"x".repeat(bytes)}` });
}
async function take<T>(stream: AsyncIterable<T>, enough: (taken: T[]) => boolean): Promise<T[]> {
  const taken: T[] = [];
  if (enough(taken)) return taken;
  for await (const one of stream) {
    taken.push(one);
    if (enough(taken)) break;
  }
  return taken;
}
const isWhole = (log: readonly LoggedEvent[]) => log.every(({ seq }, index) => seq === index + 1);

/** A watcher that reads only when asked to. */
async function rawWatcher(path: string): Promise<IncomingMessage> {
  const headers = { authorization: `Bearer ${await server.token("person")}` };
  const asked = request({ socketPath: server.socketPath, path, headers, agent: false });
  asked.on("error", () => {});
  asked.end();
  const [answer]: [IncomingMessage] = (await once(asked, "response")) as [IncomingMessage];
  answer.on("error", () => {});
  return answer;
}

test("a follower gets what is there and what comes", async () => {
  const session = await created();
  await send(session, { type: "turn.start", turn: "t", text: "go" });
  const following = take(person.follow(session), (log) => log.length === 42);
  await chatter(session, 40);
  const log = await following;
  expect(isWhole(log)).toBe(true);
  expect(log).toEqual(await person.events(session, { limit: 1_000 }));
  expect(await take(person.follow(session, { after: 40 }), (rest) => rest.length === 2)).toEqual(
    log.slice(40),
  );
});

test("followers go on where they were when the server is another one", async () => {
  const session = await created();
  await send(session, { type: "turn.start", turn: "t", text: "go" });
  const one = take(person.follow(session), (log) => log.length === 62);
  const many = take(person.followAll({ after: 0, session }), (log) => log.length === 62);
  const states = take(person.live(session), (seen) => seen.at(-1)?.seq === 62);
  await chatter(session, 20);
  await server.stop();
  const sent = chatter(session, 20);
  await server.start();
  await sent;
  await server.stop();
  await server.start();
  await chatter(session, 20);
  const log = await one;
  expect(isWhole(log)).toBe(true);
  expect((await many).map((message) => message.kind === "event" && message.event)).toEqual(log);
  const seen = await states;
  expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, index) => (seen[0]?.seq ?? 0) + index));
  expect(seen.at(-1)).toEqual(foldAll(log));
  expect(await person.session(session)).toEqual(foldAll(log));
});

test("a stream from now on starts now, also when it breaks before anything came", async () => {
  const before = await created();
  await take(person.follow(before), (log) => log.length === 1);
  const ending = new AbortController();
  const messages: Message[] = [];
  let live = () => {};
  const opened = new Promise<void>((resolve) => {
    live = resolve;
  });
  const dial = nodeFetch(server.socketPath);
  const client = createClient({
    baseUrl: "http://localhost",
    token: await server.token("person"),
    fetch: async (url, init) => {
      const response = await dial(url, init);
      const [body, copy] = response.body?.tee() ?? [];
      void (async () => {
        let text = "";
        // A frame with an id says where the stream stands.
        for await (const piece of copy ?? []) {
          text += Buffer.from(piece).toString();
          if (/^id: /m.test(text)) return live();
        }
      })();
      return new Response(body ?? null, response);
    },
  });
  const following = (async () => {
    for await (const message of client.followAll({ signal: ending.signal })) {
      messages.push(message);
      ending.abort();
    }
  })();
  await opened;
  await server.stop();
  await server.start();
  const after = await created();
  await following;
  expect(messages.map((message) => message.kind === "event" && message.event.session)).toEqual([after]);
  expect(before).not.toBe(after);
});

test("streams are of a host's sessions, or of one session and its children", async () => {
  const host = newId("host");
  const root = await created({ host });
  const child = await created({ parent: root });
  const grandchild = await created({ parent: child });
  const other = await created({ host });
  const sessions = async (options: { host?: string; session?: string }, count: number) =>
    (await take(person.followAll({ after: 0, ...options }), (taken) => taken.length === count)).map(
      (message) => message.kind === "event" && message.event.session,
    );
  expect(await sessions({ host }, 2)).toEqual([root, other]);
  expect(await sessions({ session: root }, 2)).toEqual([root, child]);
  expect(await sessions({ session: child }, 2)).toEqual([child, grandchild]);
});

test("two hundred watchers get everything", async () => {
  const session = await created();
  await send(session, { type: "turn.start", turn: "t", text: "go" });
  const watchers = Array.from({ length: 200 }, (_, index) =>
    take(person.follow(session, { after: index % 3 }), (log) => log.at(-1)?.seq === 22),
  );
  await chatter(session, 20);
  const logs = await Promise.all(watchers);
  const whole = await person.events(session);
  for (const [index, log] of logs.entries()) expect(log).toEqual(whole.slice(index % 3));
});

test("a watcher that doesn't keep up is dropped, and resumes from its cursor", async () => {
  const session = await created();
  await send(session, { type: "turn.start", turn: "t", text: "go" });
  const slow = await rawWatcher(`/v1/sessions/${session}/events?follow=true`);
  let text = "";
  await new Promise<void>((resolve) => {
    slow.on("data", (piece: Buffer) => {
      if (text === "") slow.pause();
      text += piece.toString();
      resolve();
    });
  });
  const dropped = new Promise<void>((resolve) => slow.once("close", resolve));
  // More than the socket and the backlog hold.
  await chatter(session, 30, 100_000);
  slow.resume();
  await dropped;
  expect(slow.complete).toBe(false);
  const ids = [...text.matchAll(/^id: (\d+)\ndata: .*\n\n/gm)].map(([, id]) => Number(id));
  expect(ids).toEqual(ids.map((_, index) => index + 1));
  expect(ids.length).toBeLessThan(32);
  const rest = await take(person.follow(session, { after: ids.length }), (log) => log.at(-1)?.seq === 32);
  expect(rest.map(({ seq }) => seq)).toEqual(
    Array.from({ length: 32 - ids.length }, (_, index) => ids.length + index + 1),
  );
});

test("text that is not stored reaches who watches, and who joins in the middle", async () => {
  const host = newId("host");
  const { lease } = await runner.join({ id: host, name: "laptop" });
  const root = await created({ host });
  const session = await created({ host, parent: root });
  await send(session, { type: "turn.start", turn: "t", text: "go" });
  const say = (text: string) =>
    runner.delta({ lease, delta: { session, turn: "t", item: "i", kind: "message", text } });
  const heard = (messages: Message[]) =>
    messages.flatMap((message) => (message.kind === "delta" ? [[message.whole, message.delta.text]] : []));
  const position = (await person.events(session)).at(-1)?.position ?? 0;

  await say("one ");
  const early = take(person.followAll({ after: position, session: root }), (all) => heard(all).length === 2);
  const alone = take(person.followAll({ after: position, host }), (all) => all.length === 1);
  const joined = take(person.followAll({ after: position, session }), (all) => heard(all).length === 1);
  expect(heard(await joined)).toEqual([[true, "one "]]);
  await say("two");
  expect(heard(await early)).toEqual([
    [true, "one "],
    [false, "two"],
  ]);
  expect(
    heard(await take(person.followAll({ after: position, session }), (all) => heard(all).length === 1)),
  ).toEqual([[true, "one two"]]);

  const item = { kind: "message", id: "i", text: "one two three" } as const;
  const added = await runner.command({
    id: newId("command"),
    session,
    lease,
    command: { type: "item.add", turn: "t", item },
  });
  expect(added.ok).toBe(true);
  expect((await alone).map(({ kind }) => kind)).toEqual(["event"]);
  const late = await take(person.followAll({ after: position, session }), (all) => all.length === 1);
  expect(late.map(({ kind }) => kind)).toEqual(["event"]);
});

test("a host is here while it listens", async () => {
  const host = newId("host");
  const { position } = await runner.join({ id: host, name: "laptop" });
  const connected = async () => (await person.hosts()).find(({ id }) => id === host)?.connected;
  expect(await connected()).toBe(false);
  const ending = new AbortController();
  const listening = take(
    runner.followAll({ after: position, host, signal: ending.signal }),
    (all) => all.length === 2,
  );
  const first = await created({ host });
  // A person who looks at the host's sessions is not the host.
  await take(person.followAll({ after: position, host }), (all) => all.length === 1);
  await expect.poll(connected).toBe(true);
  ending.abort();
  await listening;
  await expect.poll(connected).toBe(false);
  expect(first).toBeTruthy();
});

test("a cursor that is none is refused", async () => {
  const session = await created();
  for (const path of [`/v1/sessions/${session}/events?follow=true`, "/v1/events"])
    expect((await server.request(path, { headers: { "last-event-id": "x1" } })).status).toBe(422);
});
