import { randomBytes } from "node:crypto";
import { imageBytes, imageSchema, problemSchema } from "@tutti/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSession, type TestServer, testServer } from "../testing.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer({ port: 0 });
});
afterAll(() => server[Symbol.asyncDispose]());

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  server.request(path, { method: "POST", headers, body: JSON.stringify(body) });
const runner = async () => ({ authorization: `Bearer ${await server.token("runner")}` });
const base64 = (...parts: (string | Buffer)[]) =>
  Buffer.concat(
    parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)),
  ).toString("base64");
const png = base64("\x89PNG\r\n\x1a\n", randomBytes(40));

test.each([
  ["image/png", png],
  ["image/jpeg", base64("\xff\xd8\xff\xe0", randomBytes(20))],
  ["image/gif", base64("GIF89a", randomBytes(20))],
  ["image/webp", base64("RIFF\n\x01\x02\x03WEBPVP8 ", randomBytes(20))],
])("%s is kept once, and comes back as it was to a person and to a runner", async (type, data) => {
  const stored = imageSchema.parse(await (await post("/v1/images", { data })).json());
  expect(stored).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{64}$/),
    type,
    bytes: Buffer.from(data, "base64").length,
  });
  expect(await (await post("/v1/images", { data })).json()).toEqual(stored);
  for (const headers of [{}, await runner()])
    expect(await (await server.request(`/v1/images/${stored.id}`, { headers })).json()).toEqual({
      type,
      data,
    });
});

test("what is no image, too large, or sent by a runner is refused", async () => {
  const status = async (data: string, headers = {}) => (await post("/v1/images", { data }, headers)).status;
  expect(await status(base64("<svg xmlns='http://www.w3.org/2000/svg'/>"))).toBe(422);
  expect(await status("not base64!")).toBe(422);
  expect(await status("")).toBe(422);
  expect(await status(base64("\x89PNG\r\n\x1a\n", Buffer.alloc(imageBytes)))).toBe(422);
  expect(await status(png, await runner())).toBe(403);
  expect((await server.request(`/v1/images/${"0".repeat(64)}`)).status).toBe(404);
});

test("a command names images that are there, or changes nothing", async () => {
  const image = imageSchema.parse(await (await post("/v1/images", { data: png })).json());
  const session = "with-images";
  let count = 0;
  const send = (command: object) =>
    post("/v1/commands", { id: `command-of-images-${++count}`, session, command });
  await send(createSession());
  const start = (images: object[]) => send({ type: "turn.start", turn: "t1", text: "look at this", images });
  for (const strange of [
    { ...image, id: "0".repeat(64) },
    { ...image, type: "image/gif" },
    { ...image, bytes: image.bytes + 1 },
  ]) {
    const refused = await start([image, strange]);
    const { status, field } = problemSchema.parse(await refused.json());
    expect([status, field]).toEqual([422, "command.images.1"]);
  }
  expect((await start(Array.from({ length: 9 }, () => image))).status).toBe(422);
  expect((await start([image])).status).toBe(200);
  expect(await (await server.request(`/v1/sessions/${session}`)).json()).toMatchObject({
    state: { turn: { id: "t1", images: [image] } },
  });
});
