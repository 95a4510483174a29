import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openLocalRelay } from "./local-relay.ts";

let folder: string;
let served: Server;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tutti-relay-"));
  // Says everything back in capitals once the other side has said all.
  served = createServer({ allowHalfOpen: true }, async (socket) => {
    let said = "";
    for await (const chunk of socket) said += chunk;
    socket.end(said.toUpperCase());
  });
  served.listen(0, "127.0.0.1");
  await once(served, "listening");
});
afterEach(async () => {
  served.close();
  await rm(folder, { recursive: true });
});

async function talk(socketPath: string, text: string): Promise<string> {
  const socket = connect(socketPath);
  socket.end(text);
  let heard = "";
  for await (const chunk of socket) heard += chunk;
  return heard;
}

test("a socket leads to a port of this machine, each side to its end", async () => {
  const socketPath = join(folder, "s", "local.sock");
  const relay = await openLocalRelay(socketPath, (served.address() as AddressInfo).port);
  const texts = Array.from({ length: 20 }, (_, index) => `word ${index} `.repeat(5_000));
  const heard = await Promise.all(texts.map((text) => talk(socketPath, text)));
  expect(heard).toEqual(texts.map((text) => text.toUpperCase()));
  await relay.close();
  await expect(talk(socketPath, "x")).rejects.toThrow(/ENOENT|ECONNREFUSED/);
});

test("a port where nobody listens ends the connection", async () => {
  const { port } = served.address() as AddressInfo;
  served.close();
  await once(served, "close");
  const socketPath = join(folder, "s", "local.sock");
  const relay = await openLocalRelay(socketPath, port);
  expect(await talk(socketPath, "x").catch(() => "")).toBe("");
  await relay.close();
});
