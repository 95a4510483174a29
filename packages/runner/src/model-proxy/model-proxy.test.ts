import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import {
  Agent,
  createServer,
  type IncomingMessage,
  type RequestListener,
  type RequestOptions,
  request,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterEach, expect, test } from "vitest";
import { type ModelProxyOptions, type ModelTraffic, openModelProxy } from "./model-proxy.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const secret = "sk-secret-0123456789-of-the-user";

/** An upstream on loopback, and a proxy to it. */
async function proxying(listener: RequestListener, more: Partial<ModelProxyOptions["upstream"]> = {}) {
  const upstream = createServer(listener).listen(0, "127.0.0.1");
  await once(upstream, "listening");
  closers.push(() => {
    upstream.close();
    upstream.closeAllConnections();
  });
  const { port } = upstream.address() as AddressInfo;
  return { ...(await proxyTo({ baseUrl: `http://127.0.0.1:${port}/base`, ...more })), upstream };
}

async function proxyTo(
  upstream: ModelProxyOptions["upstream"],
  environment?: ModelProxyOptions["environment"],
) {
  const folder = await mkdtemp(path.join(tmpdir(), "tutti-proxy-"));
  const traffic: ModelTraffic[] = [];
  const waiting: (() => void)[] = [];
  const proxy = await openModelProxy({
    socketPath: path.join(folder, "session", "model.sock"),
    upstream,
    ...(environment && { environment }),
    onTraffic: (told) => {
      traffic.push(told);
      for (const wake of waiting.splice(0)) wake();
    },
  });
  closers.push(async () => {
    await proxy.close();
    await rm(folder, { recursive: true, force: true });
  });
  const told = async (count: number) => {
    while (traffic.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    return traffic;
  };
  const ask = (to: string, options: RequestOptions = {}) =>
    request({ socketPath: proxy.socketPath, path: to, agent: false, ...options });
  return { proxy, told, ask };
}

async function answerOf(asked: ReturnType<typeof request>): Promise<IncomingMessage> {
  const [answer]: IncomingMessage[] = await once(asked, "response");
  return answer as IncomingMessage;
}
async function textOf(answer: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of answer.setEncoding("utf8")) text += piece;
  return text;
}
const get = async (asked: ReturnType<typeof request>) => {
  asked.end();
  const answer = await answerOf(asked);
  return { answer, text: await textOf(answer) };
};

/** What a connection gets back for bytes that no client would send. */
async function raw(socketPath: string, bytes: string): Promise<string> {
  const socket = connect(socketPath);
  socket.write(bytes);
  let text = "";
  for await (const piece of socket.setEncoding("utf8")) text += piece;
  return text;
}

test("everything goes to the upstream, with its credential in place of whatever the agent sent", async () => {
  let seen: IncomingMessage | undefined;
  const { ask, proxy, told } = await proxying(
    (incoming, answer) => {
      seen = incoming;
      answer.setHeader("set-cookie", ["a=1", "b=2"]);
      answer.setHeader("connection", "x-hop");
      answer.setHeader("x-hop", "1");
      answer.end("fine");
    },
    { credential: { header: "X-Api-Key", value: secret }, headers: { "X-Team": "ours" } },
  );
  const { answer, text } = await get(
    ask("/v1/messages?beta=true", {
      headers: {
        authorization: "Bearer of-the-agent",
        "x-api-key": "of-the-agent",
        "x-other-api-key": "of-the-agent",
        "proxy-authorization": "Basic x",
        connection: "x-mine",
        "x-mine": "1",
        "x-team": "theirs",
        "user-agent": "an agent",
        "accept-encoding": "gzip",
      },
    }),
  );
  expect([answer.statusCode, text]).toEqual([200, "fine"]);
  expect(answer.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
  expect(answer.headers["x-hop"]).toBeUndefined();
  expect(seen?.url).toBe("/base/v1/messages?beta=true");
  expect(seen?.headers).toMatchObject({ "x-api-key": secret, "x-team": "ours", "user-agent": "an agent" });
  expect(JSON.stringify(seen?.rawHeaders)).not.toMatch(/of-the-agent|x-mine|proxy-auth|gzip/);
  expect(seen?.headers.host).toMatch(/^127\.0\.0\.1:/);
  expect(await told(1)).toEqual([
    { method: "GET", path: "/v1/messages", status: 200, sent: 0, received: 4, ending: "whole" },
  ]);
  expect((await stat(proxy.socketPath)).mode & 0o777).toBe(0o600);
  expect((await stat(path.dirname(proxy.socketPath))).mode & 0o777).toBe(0o700);
});

test("without a credential the agent's own goes on", async () => {
  let seen: IncomingMessage | undefined;
  const { ask } = await proxying((incoming, answer) => {
    seen = incoming;
    answer.end();
  });
  await get(ask("/", { headers: { authorization: "Bearer of-its-login", "accept-encoding": "gzip" } }));
  expect(seen?.headers).toMatchObject({ authorization: "Bearer of-its-login", "accept-encoding": "gzip" });
});

test("an answer that echoes the credential does not tell it, however it is cut", async () => {
  const { ask } = await proxying(
    async (incoming, answer) => {
      const told = `key ${incoming.headers.authorization}, again ${incoming.headers.authorization}: sk-sec`;
      answer.setHeader("x-echo", String(incoming.headers.authorization));
      answer.setHeader("content-length", told.length);
      for (const byte of told) await new Promise((resolve) => answer.write(byte, resolve));
      answer.end();
    },
    { credential: { header: "authorization", value: `Bearer ${secret}` } },
  );
  const { answer, text } = await get(ask("/"));
  const masked = "*".repeat(`Bearer ${secret}`.length);
  expect(text).toBe(`key ${masked}, again ${masked}: sk-sec`);
  expect(answer.headers["x-echo"]).toBe(masked);
});

test("a compressed answer, which could hide the credential, is not passed on", async () => {
  const { ask } = await proxying((_, answer) => answer.setHeader("content-encoding", "gzip").end("x"), {
    credential: { header: "x-api-key", value: secret },
  });
  const { answer, text } = await get(ask("/"));
  expect(answer.statusCode).toBe(502);
  expect(JSON.parse(text).error.message).toContain("gzip");
});

test("twenty streams at once come as they are sent, event by event", async () => {
  const streams = new Map<string, ServerResponse>();
  const { ask, told } = await proxying(
    (incoming, answer) => {
      answer.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
      streams.set(String(incoming.url), answer);
    },
    { credential: { header: "x-api-key", value: secret } },
  );
  const readers = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const asked = ask(`/${index}`, { method: "POST" });
      asked.end("{}");
      const answer = await answerOf(asked);
      return { index, pieces: answer.setEncoding("utf8")[Symbol.asyncIterator]() };
    }),
  );
  for (let turn = 0; turn < 5; turn++)
    for (const { index, pieces } of readers) {
      const event = `data: ${index} says ${turn} 🎵\n\n`;
      // Nothing more is sent until this has come: what is held back would wait for ever.
      streams.get(`/base/${index}`)?.write(event);
      expect(await pieces.next()).toEqual({ done: false, value: event });
    }
  for (const { index, pieces } of readers) {
    streams.get(`/base/${index}`)?.end();
    expect(await pieces.next()).toMatchObject({ done: true });
  }
  for (const { ending, sent } of await told(20)) expect([ending, sent]).toEqual(["whole", 2]);
});

test("fifty megabytes go up and come back", async () => {
  const { ask, told } = await proxying((incoming, answer) => void pipeline(incoming, answer), {
    credential: { header: "x-api-key", value: secret },
  });
  const piece = randomBytes(1024 * 1024);
  const asked = ask("/echo", { method: "POST", headers: { expect: "100-continue" } });
  await once(asked, "continue");
  const came = createHash("sha256");
  const reading = (async () => {
    for await (const chunk of await answerOf(asked)) came.update(chunk);
  })();
  const went = createHash("sha256");
  for (let sent = 0; sent < 50; sent++) {
    went.update(piece);
    if (!asked.write(piece)) await once(asked, "drain");
  }
  asked.end();
  await reading;
  expect(came.digest("hex")).toBe(went.digest("hex"));
  const bytes = 50 * 1024 * 1024;
  expect((await told(1))[0]).toMatchObject({ sent: bytes, received: bytes, ending: "whole" });
});

test("an agent that leaves ends the request of the upstream, before an answer and within one", async () => {
  const { ask, upstream, told } = await proxying((incoming, answer) => {
    if (incoming.url === "/base/within") answer.write("begun");
  });
  for (const to of ["/before", "/within"]) {
    const asked = ask(to);
    asked.on("error", () => {});
    asked.end();
    const [incoming]: IncomingMessage[] = await once(upstream, "request");
    const ended = once(incoming?.socket as NodeJS.EventEmitter, "close");
    if (to === "/within") await once(await answerOf(asked), "data");
    asked.destroy();
    await ended;
  }
  expect((await told(2)).map(({ ending, status }) => [ending, status])).toEqual([
    ["left", 0],
    ["left", 200],
  ]);
});

test("an upstream that breaks off breaks the answer off, and one that is away is told of", async () => {
  const { ask, told, upstream } = await proxying((_, answer) => {
    answer.write("half", () => answer.destroy());
  });
  const asked = ask("/");
  asked.end();
  const answer = await answerOf(asked);
  await expect(textOf(answer)).rejects.toThrow("aborted");
  expect((await told(1))[0]).toMatchObject({ ending: "broken", received: 4 });
  upstream.close();
  upstream.closeAllConnections();
  const { answer: problem, text } = await get(ask("/", { method: "POST" }));
  expect(problem.statusCode).toBe(502);
  expect(JSON.parse(text)).toEqual({
    type: "error",
    error: { type: "api_error", message: expect.stringContaining("127.0.0.1 cannot be reached") },
  });
});

test("an upstream that answers before it has read all is heard", async () => {
  const { ask } = await proxying((incoming, answer) => {
    incoming.pause();
    answer.writeHead(413, { connection: "close" }).end("too much");
  });
  const asked = ask("/", { method: "POST" });
  asked.on("error", () => {});
  const piece = Buffer.alloc(1024 * 1024);
  for (let count = 0; count < 8; count++) asked.write(piece);
  asked.end();
  const answer = await answerOf(asked);
  expect([answer.statusCode, await textOf(answer)]).toEqual([413, "too much"]);
});

test("connections are used again, on both sides", async () => {
  const sockets = new Set<unknown>();
  const { proxy } = await proxying((incoming, answer) => {
    sockets.add(incoming.socket);
    answer.end("x");
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  closers.push(() => agent.destroy());
  for (let count = 0; count < 3; count++)
    await get(request({ socketPath: proxy.socketPath, agent, path: "/" }));
  expect(sockets.size).toBe(1);
});

test.skipIf(spawnSync("openssl", ["version"]).status !== 0)("an upstream may speak TLS", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "tutti-tls-"));
  const [key, cert] = ["key.pem", "cert.pem"].map((name) => path.join(folder, name)) as [string, string];
  const made = spawnSync("openssl", [
    ...[
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-keyout",
      key,
    ],
    ...["-out", cert, "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
  ]);
  expect(made.status).toBe(0);
  const certificate = await readFile(cert, "utf8");
  const upstream = createTlsServer({ key: await readFile(key), cert: certificate }, (incoming, answer) =>
    answer.end(`to ${incoming.headers.host}`),
  ).listen(0, "127.0.0.1");
  await once(upstream, "listening");
  const trusted = getCACertificates("default");
  closers.push(() => {
    setDefaultCACertificates(trusted);
    upstream.close();
    upstream.closeAllConnections();
    return rm(folder, { recursive: true });
  });
  const { port } = upstream.address() as AddressInfo;
  const baseUrl = `https://localhost:${port}`;
  const distrusting = await proxyTo({ baseUrl });
  const refused = await get(distrusting.ask("/"));
  expect(refused.answer.statusCode).toBe(502);
  expect(refused.text).toContain("self-signed certificate");
  setDefaultCACertificates([...trusted, certificate]);
  const { ask } = await proxyTo({ baseUrl, credential: { header: "x-api-key", value: secret } });
  expect((await get(ask("/"))).text).toBe(`to localhost:${port}`);
});

test("the way to the upstream may lead over the user's own proxy", async () => {
  const seen: unknown[] = [];
  const between = createServer((incoming, answer) => {
    seen.push(incoming.url);
    answer.end("by proxy");
  }).listen(0, "127.0.0.1");
  await once(between, "listening");
  closers.push(() => {
    between.close();
    between.closeAllConnections();
  });
  const { port } = between.address() as AddressInfo;
  const environment = { HTTP_PROXY: `http://127.0.0.1:${port}`, NO_PROXY: "localhost" };
  const { ask } = await proxyTo({ baseUrl: "http://models.invalid/v1" }, environment);
  expect((await get(ask("/x"))).text).toBe("by proxy");
  expect(seen).toEqual(["http://models.invalid/v1/x"]);
});

test("nothing but the upstream is reached", async () => {
  const seen: unknown[] = [];
  const { proxy } = await proxying((incoming, answer) => {
    seen.push(incoming.url);
    answer.end();
  });
  const first = async (head: string) =>
    (await raw(proxy.socketPath, `${head}\r\nhost: x\r\nconnection: close\r\n\r\n`)).split("\r\n")[0];
  expect(await first("GET http://elsewhere.example/ HTTP/1.1")).toContain(" 403 ");
  expect(await first("CONNECT elsewhere.example:443 HTTP/1.1")).toContain(" 405 ");
  expect(await first("OPTIONS * HTTP/1.1")).toContain(" 403 ");
  expect(await first("TRACE / HTTP/1.1")).toContain(" 405 ");
  for (const climbing of ["/../admin", "/v1/%2e%2E/admin", "/v1/..%2fadmin", "/..", "/v1/./x"])
    expect(await first(`GET ${climbing} HTTP/1.1`)).toContain(" 400 ");
  expect(await first("nonsense")).toContain(" 400 ");
  expect(await first(`GET / HTTP/1.1\r\nx: ${"x".repeat(100_000)}`)).toContain(" 431 ");
  expect(seen).toEqual([]);
  expect(await first("GET //elsewhere.example/..x HTTP/1.1")).toContain(" 200 ");
  expect(seen).toEqual(["/base//elsewhere.example/..x"]);
});

test("a WebSocket is refused so that its client goes on without", async () => {
  const { proxy } = await proxying((_, answer) => answer.end());
  const text = await raw(
    proxy.socketPath,
    "GET /v1/responses HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
  );
  expect(text).toMatch(/^HTTP\/1\.1 426 /);
  expect(text).toContain("there are no WebSockets here");
});

test("no request hides in the body of another", async () => {
  const seen: string[] = [];
  const { proxy } = await proxying((incoming, answer) => {
    let body = "";
    incoming.setEncoding("utf8").on("data", (piece: string) => {
      body += piece;
    });
    incoming.on("end", () => {
      seen.push(`${incoming.method} ${incoming.url} ${body}`);
      answer.end();
    });
  });
  const hidden = "GET /base/hidden HTTP/1.1\r\nhost: x\r\n\r\n";
  await raw(
    proxy.socketPath,
    `GET /a HTTP/1.1\r\nhost: x\r\nconnection: close, content-length\r\ncontent-length: ${hidden.length}\r\n\r\n${hidden}`,
  );
  await raw(
    proxy.socketPath,
    `DELETE /b HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`,
  );
  expect(seen).toEqual([`GET /base/a ${hidden}`, `DELETE /base/b ${hidden}`]);
});

test("what cannot be an upstream or a socket is refused, without telling a secret", async () => {
  for (const baseUrl of ["ftp://x", "nonsense", "http://user:secret@x/", "http://x/?key=secret"]) {
    const refused = await proxyTo({ baseUrl }).catch((error: Error) => error.message);
    expect(refused).toMatch(/^the address of (a|the) model's server/);
    expect(refused).not.toContain("secret");
  }
  const { proxy } = await proxying((_, answer) => answer.end());
  const again = openModelProxy({ socketPath: proxy.socketPath, upstream: { baseUrl: "http://127.0.0.1" } });
  await expect(again).rejects.toThrow("listens on");
  const long = openModelProxy({ socketPath: `/tmp/${"x".repeat(120)}`, upstream: { baseUrl: "http://x" } });
  await expect(long).rejects.toThrow("too long");
  const open = openModelProxy({ socketPath: "/tmp/x.sock", upstream: { baseUrl: "http://x" } });
  await expect(open).rejects.toThrow("yours alone");
});
