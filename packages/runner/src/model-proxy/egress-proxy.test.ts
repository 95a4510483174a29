import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type RequestListener, request } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect as tlsConnect } from "node:tls";
import { afterEach, expect, test } from "vitest";
import { hostGroups } from "./default-hosts.ts";
import { type EgressProxyOptions, type EgressTraffic, openEgressProxy } from "./egress-proxy.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** The internet of these tests: names, their addresses, and one server of this machine that stands at all of them. */
const names: Record<string, string[]> = {
  "packages.example": ["93.184.215.14", "2606:4700::1111"],
  "other.example": ["93.184.215.15"],
  "inward.example": ["127.0.0.1"],
  "half-inward.example": ["93.184.215.14", "10.0.0.1"],
  "metadata.example": ["169.254.169.254"],
};

async function egress({ port = 0, ...options }: Partial<EgressProxyOptions> & { port?: number } = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), "tutti-egress-"));
  const traffic: EgressTraffic[] = [];
  const dialled: string[] = [];
  const waiting: (() => void)[] = [];
  const proxy = await openEgressProxy({
    socketPath: path.join(folder, "session", "egress.sock"),
    known: ["packages.example"],
    allow: async () => ({ ok: false, reason: "nobody allowed it" }),
    onTraffic: (told) => {
      traffic.push(told);
      for (const wake of waiting.splice(0)) wake();
    },
    resolve: async (host) => {
      const found = names[host] ?? (/^[\d.]+$|:/.test(host) ? [host] : undefined);
      if (!found) throw new Error("ENOTFOUND");
      return found;
    },
    dial: (addresses, wanted) => {
      dialled.push(`${addresses.join()} ${wanted}`);
      return connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    },
    ...options,
  });
  closers.push(async () => {
    await proxy.close();
    await rm(folder, { recursive: true, force: true });
  });
  const told = async (count: number) => {
    while (traffic.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    return traffic;
  };
  return { proxy, dialled, told };
}

async function tcp(serve: (socket: Socket) => void): Promise<number> {
  const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    closers.push(() => socket.destroy());
    serve(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function web(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

/** What a TLS client sends first. */
async function helloFor(servername: string): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const port = await tcp((socket) => void socket.once("data", resolve));
  const client = tlsConnect({ port, host: "127.0.0.1", servername }).on("error", () => {});
  closers.push(() => client.destroy());
  return promise;
}

/** A tunnel, or the answer that refuses it. */
async function tunnel(socketPath: string, target: string) {
  const asked = request({ socketPath, method: "CONNECT", path: target, agent: false });
  asked.end();
  const [answer, socket, head] = (await once(asked, "connect")) as [IncomingMessage, Socket, Buffer];
  socket.on("error", () => {});
  closers.push(() => socket.destroy());
  if (answer.statusCode === 200) return { status: 200, phrase: "", body: "", socket };
  let body = head.toString();
  for await (const piece of socket.setEncoding("utf8")) body += piece;
  return { status: answer.statusCode, phrase: answer.statusMessage, body, socket };
}

async function plain(socketPath: string, url: string, method = "GET") {
  const asked = request({
    socketPath,
    path: url,
    method,
    agent: false,
    headers: { "proxy-authorization": "x" },
  });
  asked.end();
  const [answer]: IncomingMessage[] = await once(asked, "response");
  let text = "";
  for await (const piece of (answer as IncomingMessage).setEncoding("utf8")) text += piece;
  return { status: answer?.statusCode, text };
}

test("a known host is reached at the addresses that were looked at, and its bytes are counted", async () => {
  const port = await tcp((socket) => socket.pipe(socket));
  const { proxy, dialled, told } = await egress({ port });
  const { socket } = await tunnel(proxy.socketPath, "Packages.example.:80");
  socket.end("hello, hello");
  let text = "";
  for await (const piece of socket.setEncoding("utf8")) text += piece;
  expect(text).toBe("hello, hello");
  expect(dialled).toEqual(["93.184.215.14,2606:4700::1111 80"]);
  expect(await told(1)).toEqual([
    { host: "packages.example", port: 80, sent: 12, received: 12, ending: "whole" },
  ]);
  expect(proxy.totals()).toEqual({ sent: 12, received: 12 });
});

test("a tunnel to port 443 is for TLS with the very host", async () => {
  const came: Buffer[] = [];
  const port = await tcp((socket) => {
    socket.on("data", (chunk: Buffer) => {
      came.push(chunk);
      socket.end("x");
    });
  });
  const { proxy, told } = await egress({ port, allow: async () => ({ ok: true }) });
  const hello = await helloFor("packages.example");
  /** What a connection gets for its first bytes, sent in pieces. */
  const through = async (target: string, pieces: Buffer[]) => {
    const { socket } = await tunnel(proxy.socketPath, target);
    for (const piece of pieces) await new Promise((resolve) => socket.write(piece, resolve));
    const got: Buffer[] = [];
    for await (const chunk of socket) got.push(chunk);
    socket.end();
    return Buffer.concat(got).toString("latin1");
  };
  const alert = "\x15\x03\x01\x00\x02\x02\x70";
  expect(await through("packages.example:443", [hello])).toBe("x");
  expect(
    await through(
      "packages.example:443",
      [...hello].map((byte) => Buffer.of(byte)),
    ),
  ).toBe("x");
  expect(Buffer.concat(came).subarray(0, hello.length)).toEqual(hello);
  came.length = 0;
  expect(await through("packages.example:443", [await helloFor("other.example")])).toBe(alert);
  expect(await through("packages.example:443", [await helloFor("")])).toBe(alert);
  expect(await through("packages.example:443", [Buffer.from("SSH-2.0-x\r\n")])).toBe(alert);
  expect(came).toEqual([]);
  expect(await through("1.1.1.1:443", [await helloFor("")])).toBe("x");
  expect((await told(6)).map(({ ending }) => ending)).toEqual([
    ...["whole", "whole", "refused", "refused", "refused", "whole"],
  ]);
});

test("other hosts are asked for once, however many wait, and the reason is shown", async () => {
  const port = await tcp((socket) => socket.end("hi"));
  const asked: string[] = [];
  let answer: (ruling: { ok: true } | { ok: false; reason: string }) => void = () => {};
  const { proxy, dialled } = await egress({
    port,
    allow: (host, wanted) => {
      asked.push(`${host}:${wanted}`);
      return new Promise((resolve) => {
        answer = resolve;
      });
    },
  });
  const open = () =>
    Promise.all(Array.from({ length: 5 }, () => tunnel(proxy.socketPath, "other.example:443")));
  /** Answers when all five are there: a sixth, known connection has come through by then. */
  const settled = async () => {
    (await tunnel(proxy.socketPath, "packages.example:443")).socket.destroy();
  };
  let opening = open();
  await settled();
  answer({ ok: false, reason: "not for\r\nthis task – no" });
  for (const { status, phrase, body } of await opening) {
    expect(status).toBe(403);
    expect(phrase).toBe("other.example may not be reached: not for this task   no");
    expect(body).toBe("other.example may not be reached: not for\r\nthis task – no\n");
  }
  opening = open();
  await settled();
  answer({ ok: true });
  for (const { status } of await opening) expect(status).toBe(200);
  expect(asked).toEqual(["other.example:443", "other.example:443"]);
  expect(dialled.filter((one) => one.startsWith("93.184.215.15"))).toHaveLength(5);
});

test("a ruling that fails is a denial", async () => {
  const { proxy, dialled } = await egress({
    allow: () => {
      throw new Error("secret trouble");
    },
  });
  const { status, body } = await tunnel(proxy.socketPath, "other.example:443");
  expect([status, body]).toEqual([
    403,
    "other.example may not be reached: permission could not be asked for\n",
  ]);
  expect(dialled).toEqual([]);
});

test.each([
  "inward.example:443",
  "half-inward.example:443",
  "metadata.example:80",
  "127.0.0.1:443",
  "[::1]:443",
  "[::ffff:127.0.0.1]:443",
  "169.254.169.254:80",
])("%s is refused, whoever allowed it", async (target) => {
  const { proxy, dialled } = await egress({
    known: ["*.example", "[::1]"],
    allow: async () => ({ ok: true }),
  });
  const { status, phrase } = await tunnel(proxy.socketPath, target);
  expect([status, phrase]).toEqual([403, expect.stringContaining("public internet")]);
  expect(dialled).toEqual([]);
});

test("names that resolve to nothing, and targets that are none, are told apart", async () => {
  const { proxy } = await egress({ known: ["*.example"] });
  expect((await tunnel(proxy.socketPath, "nobody.example:443")).status).toBe(502);
  for (const target of [
    "packages.example",
    "packages.example:0",
    "packages.example:99999",
    "a%20b:443",
    "/x:1",
  ])
    expect((await tunnel(proxy.socketPath, target)).status).toBe(400);
});

test("ports other than 80 and 443 are for hosts that are listed with them", async () => {
  const port = await tcp((socket) => socket.end());
  const { proxy } = await egress({
    port,
    known: ["packages.example", "other.example:8443", "*.wide.example"],
    allow: async () => ({ ok: true }),
  });
  expect((await tunnel(proxy.socketPath, "packages.example:22")).phrase).toContain("port 22");
  expect((await tunnel(proxy.socketPath, "other.example:8443")).status).toBe(200);
  expect((await tunnel(proxy.socketPath, "other.example:8444")).status).toBe(403);
});

test("a pattern is about whole labels", async () => {
  const asked: string[] = [];
  const { proxy } = await egress({
    known: ["*.wide.example"],
    allow: async (host) => {
      asked.push(host);
      return { ok: false, reason: "no" };
    },
  });
  for (const host of ["a.wide.example", "wide.example", "awide.example", "wide.example.evil"])
    await tunnel(proxy.socketPath, `${host}:443`);
  expect(asked).toEqual(["wide.example", "awide.example", "wide.example.evil"]);
});

test("plain HTTP is for reading, and goes where its URL says", async () => {
  let seen: IncomingMessage | undefined;
  const port = await web((incoming, answer) => {
    seen = incoming;
    answer.writeHead(203, { "content-length": "5" }).end(incoming.method === "HEAD" ? "" : "a deb");
  });
  const { proxy, dialled, told } = await egress({ port });
  expect(await plain(proxy.socketPath, "http://packages.example/pool/x.deb?y")).toEqual({
    status: 203,
    text: "a deb",
  });
  expect(seen?.url).toBe("/pool/x.deb?y");
  expect(seen?.headers).toMatchObject({ host: "packages.example" });
  expect(seen?.headers["proxy-authorization"]).toBeUndefined();
  expect(dialled).toEqual(["93.184.215.14,2606:4700::1111 80"]);
  expect((await told(1))[0]).toMatchObject({ received: 5, ending: "whole" });
  expect((await plain(proxy.socketPath, "http://packages.example/", "HEAD")).status).toBe(203);
  expect((await plain(proxy.socketPath, "http://packages.example/", "POST")).status).toBe(405);
  expect(await plain(proxy.socketPath, "http://other.example/")).toEqual({
    status: 403,
    text: "other.example may not be reached: nobody allowed it\n",
  });
  for (const url of ["/", "https://packages.example/", "http://u:p@packages.example/", "http://0x7f.1/"])
    expect([400, 403]).toContain((await plain(proxy.socketPath, url)).status);
});

test("connections that fall silent, or cannot be made, have an end", async () => {
  const port = await tcp(() => {});
  const { proxy, told } = await egress({ port, idleMs: 30 });
  const { socket } = await tunnel(proxy.socketPath, "packages.example:443");
  await once(socket, "close");
  expect((await told(1))[0]).toMatchObject({ ending: "idle" });

  const closed = await tcp(() => {});
  await closers.pop()?.();
  const away = await egress({ port: closed });
  expect(await tunnel(away.proxy.socketPath, "packages.example:443")).toMatchObject({
    status: 502,
    body: expect.stringContaining("ECONNREFUSED"),
  });
  // Nothing is ever connected: the sockets of a name that does not come.
  const never = await egress({
    connectMs: 30,
    dial: () => connect({ host: "never.invalid", port: 1, lookup: () => {} }),
  });
  expect((await tunnel(never.proxy.socketPath, "packages.example:443")).status).toBe(502);
});

test("either side that leaves ends the other", async () => {
  const arrived: Socket[] = [];
  const { port, came } = await new Promise<{ port: number; came: () => Promise<Socket> }>((resolve) => {
    const waiting: ((socket: Socket) => void)[] = [];
    void tcp((socket) => {
      const wake = waiting.shift();
      if (wake) wake(socket);
      else arrived.push(socket);
    }).then((at) =>
      resolve({
        port: at,
        came: async () => arrived.shift() ?? new Promise<Socket>((wake) => waiting.push(wake)),
      }),
    );
  });
  const { proxy } = await egress({ port });
  const one = await tunnel(proxy.socketPath, "packages.example:443");
  const remote = await came();
  const ended = once(remote.resume(), "end");
  one.socket.destroy();
  await ended;
  const two = await tunnel(proxy.socketPath, "packages.example:443");
  const gone = once(two.socket.resume(), "close");
  (await came()).resetAndDestroy();
  await gone;
});

test("more connections than the bound are turned away", async () => {
  const port = await tcp(() => {});
  const { proxy } = await egress({ port, connections: 2 });
  await tunnel(proxy.socketPath, "packages.example:443");
  await tunnel(proxy.socketPath, "packages.example:443");
  await expect(tunnel(proxy.socketPath, "packages.example:443")).rejects.toThrow(/hang up|ECONNRESET|EPIPE/);
});

test("the table of hosts names each once, as the proxy reads them", () => {
  const hosts = hostGroups.flatMap((group) => [...group.hosts]);
  expect(new Set(hosts).size).toBe(hosts.length);
  for (const host of hosts) expect(host).toMatch(/^(\*\.)?([a-z0-9-]+\.)+[a-z]+$/);
  expect(new Set(hostGroups.map(({ name }) => name)).size).toBe(hostGroups.length);
});
