import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { connect } from "node:tls";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { serverNameIn } from "./server-name.ts";

/** What a TLS client sends first. */
async function helloFor(servername: string): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const server = createServer((socket) => {
    let sent = Buffer.alloc(0);
    // It comes in pieces when it is long; the first five bytes say how long it is.
    socket.on("data", (chunk: Buffer) => {
      sent = Buffer.concat([sent, chunk]);
      if (sent.length >= 5 && sent.length >= 5 + sent.readUInt16BE(3)) resolve(sent);
    });
    socket.on("error", () => {});
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: "127.0.0.1", servername }).on("error", () => {});
  const hello = await promise;
  client.destroy();
  server.close();
  return hello;
}

let hello: Buffer;
beforeAll(async () => {
  hello = await helloFor("Packages.Example");
});

test("the name is read, once enough has come, and not before", () => {
  for (let length = 0; length < hello.length; length++)
    expect(serverNameIn(hello.subarray(0, length))).toEqual({ kind: "unfinished" });
  const named = { kind: "named", name: "packages.example" };
  expect(serverNameIn(hello)).toEqual(named);
  expect(serverNameIn(Buffer.concat([hello, Buffer.from("more")]))).toEqual(named);
});

test("a message that is cut over records is put together", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2_000 }), (size) => {
      const message = hello.subarray(5);
      const records: Buffer[] = [];
      for (let at = 0; at < message.length; at += size) {
        const part = message.subarray(at, at + size);
        records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part);
      }
      expect(serverNameIn(Buffer.concat(records))).toEqual({ kind: "named", name: "packages.example" });
    }),
  );
});

test("a client that names nobody is told from what is no TLS", async () => {
  expect(serverNameIn(await helloFor(""))).toEqual({ kind: "nameless" });
  for (const text of ["SSH-2.0-x\r\n", "GET / HTTP/1.1\r\n\r\n", "\x16\x02\x00\x00\x10xxxxx"])
    expect(serverNameIn(Buffer.from(text, "latin1"))).toEqual({ kind: "not-tls" });
});

test("bytes of any kind are read without a fault, and no changed byte makes another name of two", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      serverNameIn(Buffer.from(bytes));
    }),
  );
  fc.assert(
    fc.property(fc.nat({ max: hello.length - 1 }), fc.integer({ min: 0, max: 255 }), (at, value) => {
      const changed = Buffer.from(hello);
      changed[at] = value;
      const found = serverNameIn(changed);
      if (found.kind === "named") expect(changed.toString("latin1").toLowerCase()).toContain(found.name);
    }),
  );
});
