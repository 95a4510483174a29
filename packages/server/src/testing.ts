/** A whole server for tests: real database, real sockets, an engine that only remembers. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { type CommandOf, type SessionSpec, sessionSpecSchema } from "@tutti/core";
import { type TokenScope, tokenFile } from "./access/tokens.ts";
import { type TestDatabase, testDatabase } from "./database/testing.ts";
import { type RunningServer, type ServerOptions, startServer } from "./server.ts";

export interface TestServer extends AsyncDisposable {
  readonly running: RunningServer;
  readonly database: TestDatabase;
  readonly stateDir: string;
  readonly socketPath: string;
  /** Faults that the server told. */
  readonly faults: string[];
  /** Sessions whose program was started. */
  readonly started: string[];
  token(scope: TokenScope): Promise<string>;
  /** A request over the unix socket, with a person's token unless `authorization` says otherwise. */
  request(
    path: string,
    init?: { method?: string; headers?: Record<string, string>; body?: string },
  ): Promise<Response>;
  stop(): Promise<void>;
  start(): Promise<void>;
}

export async function testServer(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const folder = await mkdtemp(path.join(tmpdir(), "tutti-server-"));
  const stateDir = path.join(folder, "state");
  const socketPath = path.join(folder, "api.sock");
  const database = await testDatabase();
  const faults: string[] = [];
  const started: string[] = [];
  const start = () =>
    startServer({
      databaseUrl: database.url,
      stateDir,
      socketPath,
      agentFolders: [],
      version: "test",
      log: (message, error) => {
        if (error !== undefined) faults.push(`${message}: ${String(error)}`);
      },
      openEngine: async () => ({
        start: async (session) => void started.push(session),
        stop: async () => {},
      }),
      ...options,
    });
  let running = await start();
  const token = async (scope: TokenScope) => (await readFile(tokenFile(stateDir, scope), "utf8")).trim();
  return {
    get running() {
      return running;
    },
    database,
    stateDir,
    socketPath,
    faults,
    started,
    token,
    async request(to, { method = "GET", headers = {}, body } = {}) {
      const authorization = `Bearer ${await token("person")}`;
      const type = body === undefined ? {} : { "content-type": "application/json" };
      const asked = request({
        socketPath,
        path: to,
        method,
        headers: { authorization, ...type, ...headers },
        agent: false,
      });
      // The server may answer before it has read all.
      asked.on("error", () => {});
      asked.end(body);
      const [answer]: IncomingMessage[] = await once(asked, "response");
      let text = "";
      for await (const piece of answer?.setEncoding("utf8") ?? []) text += String(piece);
      return new Response(text, {
        status: answer?.statusCode ?? 0,
        headers: Object.entries(answer?.headers ?? {}).map(([name, value]): [string, string] => [
          name,
          String(value),
        ]),
      });
    },
    stop: () => running.stop(),
    async start() {
      running = await start();
    },
    async [Symbol.asyncDispose]() {
      await running.stop();
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The command that makes a session which a harness plays. */
export const createSession = (more: Partial<SessionSpec> = {}): CommandOf<"session.create"> => ({
  type: "session.create",
  spec: sessionSpecSchema.parse({
    title: "an agent",
    agent: "polly",
    host: "here",
    harness: { harness: "some" },
    ...more,
  }),
});

/** A certificate for localhost that nobody has signed but itself, as PEM, made by the machine's openssl. */
export async function testCertificate(): Promise<{ cert: string; key: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), "tutti-certificate-"));
  try {
    const [cert, key] = ["cert.pem", "key.pem"].map((name) => path.join(folder, name)) as [string, string];
    const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    await promisify(execFile)("openssl", [
      ...["req", ...kind, ...names],
      ...["-keyout", key, "-out", cert, "-days", "2"],
    ]);
    return { cert: await readFile(cert, "utf8"), key: await readFile(key, "utf8") };
  } finally {
    await rm(folder, { recursive: true });
  }
}
