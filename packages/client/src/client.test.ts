import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import type { CommandEnvelope, LoggedEvent } from "@tutti/core";
import { afterEach, expect, test } from "vitest";
import { createClient, newId, ProblemError, UnreachableError } from "./index.ts";
import { nodeFetch } from "./node.ts";

type Answering = (request: IncomingMessage, response: ServerResponse, body: string) => void;
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A server on a unix socket whose answers are written in the test. */
async function serving(answer: Answering, patienceMs = 5_000) {
  const folder = await mkdtemp(path.join(tmpdir(), "tutti-client-"));
  const socketPath = path.join(folder, "api.sock");
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request.setEncoding("utf8")) body += piece;
    answer(request, response, body);
  }).listen(socketPath);
  await once(server, "listening");
  closers.push(async () => {
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  });
  return createClient({
    baseUrl: "http://localhost",
    token: "secret",
    fetch: nodeFetch(socketPath),
    patienceMs,
  });
}

const json = (response: ServerResponse, body: unknown, status = 200) =>
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
const problem = (response: ServerResponse, status: number, kind: string, field?: string) =>
  json(
    response,
    { type: `urn:tutti:problem:${kind}`, title: "no", status, detail: "because", field },
    status,
  );
const envelope: CommandEnvelope = { id: "the-command", session: "s", command: { type: "turn.interrupt" } };
const receipt = { command: "the-command", session: "s", seq: 3 };
const logged = (seq: number): LoggedEvent => ({
  session: "s",
  seq,
  position: seq * 10,
  at: new Date(0).toISOString(),
  by: { kind: "person", name: "ada" },
  event: { type: "session.closed", reason: "enough" },
});
const frame = (seq: number) => `id: ${seq}\ndata: ${JSON.stringify(logged(seq))}\n\n`;

test("a command is sent again under its id until an answer comes", async () => {
  const seen: string[] = [];
  const client = await serving((request, response, body) => {
    seen.push(JSON.parse(body).id);
    expect(request.headers.authorization).toBe("Bearer secret");
    if (seen.length === 1) request.socket.destroy();
    else if (seen.length === 2) problem(response, 503, "unavailable");
    else if (seen.length === 3) request.socket.end("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{");
    else json(response, receipt);
  });
  expect(await client.command(envelope)).toEqual({ ok: true, receipt });
  expect(seen).toEqual(Array(4).fill("the-command"));
});

test("a refusal is a value, anything else that the server says no to is thrown", async () => {
  let status = 422;
  let kind = "invalid";
  const client = await serving((_, response) => problem(response, status, kind, "command.spec"));
  expect(await client.command(envelope)).toEqual({
    ok: false,
    refusal: { kind: "invalid", message: "because", field: "command.spec" },
  });
  await expect(client.session("s")).rejects.toMatchObject({ name: "ProblemError", kind: "invalid" });
  [status, kind] = [401, "unauthorized"];
  await expect(client.command(envelope)).rejects.toThrow(ProblemError);
  await expect(client.follow("s")[Symbol.asyncIterator]().next()).rejects.toThrow(ProblemError);
});

test("patience with a server that isn't there has an end", async () => {
  const client = createClient({
    baseUrl: "http://localhost",
    token: "secret",
    fetch: nodeFetch("/nowhere/api.sock"),
    patienceMs: 1,
  });
  await expect(client.health()).rejects.toThrow(UnreachableError);
  const ending = new AbortController();
  const sending = createClient({
    baseUrl: "http://localhost",
    token: "secret",
    fetch: nodeFetch("/nowhere/api.sock"),
  });
  const sent = sending.command(envelope, { signal: ending.signal });
  ending.abort();
  await expect(sent).rejects.toMatchObject({ name: "AbortError" });
});

test("an answer that is not what the route gives is a fault", async () => {
  const client = await serving((_, response) => json(response, { seq: "three" }));
  await expect(client.command(envelope)).rejects.toMatchObject({ name: "ZodError" });
});

test("a stream that breaks anywhere goes on after the last whole event, once", async () => {
  const asked: string[] = [];
  const pieces = [
    // Broken off in the middle of the second.
    `retry: 1000\n\n: here\n\n${frame(1)}${frame(2).slice(0, 40)}`,
    // One that was told already, a moved cursor, an end.
    `${frame(1)}${frame(2)}id: 5\n\n`,
    frame(6).replaceAll("\n", "\r\n"),
  ];
  const client = await serving((request, response) => {
    asked.push(new URL(`http://x${request.url}`).searchParams.get("after") ?? "");
    const piece = pieces.shift();
    if (piece === undefined) return;
    response.writeHead(200, { "content-type": "text/event-stream" });
    // In the smallest pieces.
    for (const byte of Buffer.from(piece)) response.write(Buffer.of(byte));
    if (piece.includes("retry")) request.socket.destroySoon();
    else response.end();
  });
  const seqs: number[] = [];
  for await (const { seq } of client.follow("s")) {
    seqs.push(seq);
    if (seq === 6) break;
  }
  expect(seqs).toEqual([1, 2, 6]);
  expect(asked).toEqual(["0", "1", "5"]);
});

test("following ends with its signal, also while the server is away", async () => {
  const ending = new AbortController();
  const client = createClient({
    baseUrl: "http://localhost",
    token: "x",
    fetch: nodeFetch("/nowhere/api.sock"),
  });
  const following = client.followAll({ signal: ending.signal })[Symbol.asyncIterator]().next();
  ending.abort();
  expect(await following).toMatchObject({ done: true });
});

test("new ids are ids, and new", () => {
  expect(newId("session")).toMatch(/^session-[0-9a-f-]{36}$/);
  expect(newId("a")).not.toBe(newId("a"));
});
