import { once } from "node:events";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createClient, newId } from "@tutti/client";
import { nodeFetch } from "@tutti/client/node";
import { expect, test } from "vitest";
import { tokenFile } from "./access/tokens.ts";
import { type ServerOptions, startServer } from "./server.ts";
import { createSession, testServer } from "./testing.ts";

const engine: Pick<ServerOptions, "openEngine" | "agentFolders" | "version"> = {
  agentFolders: [],
  version: "test",
  openEngine: async () => ({ start: async () => {}, stop: async () => {} }),
};

test("a server with a database of its own keeps sessions over a restart, and is the only one", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "tutti-server-"));
  const stateDir = path.join(folder, "state");
  const socketPath = path.join(folder, "run", "api.sock");
  const start = (socket = socketPath) =>
    startServer({ ...engine, stateDir, runtimeDir: folder, socketPath: socket });
  const server = await start();
  try {
    expect((await stat(socketPath)).mode & 0o777).toBe(0o600);
    const token = (await readFile(tokenFile(stateDir, "person"), "utf8")).trim();
    const client = createClient({ baseUrl: "http://localhost", token, fetch: nodeFetch(socketPath) });
    const session = newId("session");
    const envelope = { id: newId("command"), session, command: createSession() };
    const first = await client.command(envelope);
    expect(first.ok).toBe(true);

    await expect(start()).rejects.toThrow(/running already on .*api\.sock/);
    await expect(start(path.join(folder, "other.sock"))).rejects.toThrow(/running already on .*state/);
    expect(await client.health()).toMatchObject({ database: "ok" });

    await server.stop();
    await server.stop();
    const next = await start();
    try {
      expect(await client.command(envelope)).toEqual(first);
      expect((await client.sessions()).map(({ id }) => id)).toEqual([session]);
      const journal = await readFile(path.join(stateDir, "server.log"), "utf8");
      expect(journal).toContain("the server is up");
      expect(journal).not.toContain(token);
    } finally {
      await next.stop();
    }
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

test("a taken port is told as such, and nothing is left", async () => {
  const squatter = createServer().listen(0, "127.0.0.1");
  await once(squatter, "listening");
  const address = squatter.address();
  const port = typeof address === "object" && address ? address.port : 0;
  await using server = await testServer();
  const socketPath = `${server.socketPath}.2`;
  const options = { ...engine, stateDir: server.stateDir, databaseUrl: server.database.url, socketPath };
  try {
    await expect(startServer({ ...options, port })).rejects.toThrow(
      `port ${port} of 127.0.0.1 is taken: choose another`,
    );
    await expect(stat(socketPath)).rejects.toThrow("ENOENT");
    const second = await startServer({ ...options, port: 0 });
    expect(second.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    await second.stop();
  } finally {
    squatter.close();
  }
});

test("a session that a program leads gets it, over restarts too", async () => {
  await using server = await testServer({
    programs: [{ name: "p", version: "1", input: { safeParse: () => ({ success: true }) } } as never],
  });
  const create = async (session: string) => {
    const command = createSession({
      harness: undefined,
      orchestration: { name: "p", version: "1", input: {} },
    });
    const body = JSON.stringify({ id: newId("command"), session, command });
    expect((await server.request("/v1/commands", { method: "POST", body })).status).toBe(200);
  };
  await create("first-root");
  await expect.poll(() => server.started).toContain("first-root");
  await server.stop();
  await server.start();
  await create("second-root");
  await expect.poll(() => server.started).toContain("second-root");
  expect(server.faults).toEqual([]);
});
