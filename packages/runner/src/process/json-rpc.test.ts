import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { readJsonLines } from "./json-lines.ts";
import {
  JsonRpcClosed,
  JsonRpcError,
  type JsonRpcPeerOptions,
  jsonRpcPeer,
  methodNotFound,
} from "./json-rpc.ts";

function connected(left: Partial<JsonRpcPeerOptions> = {}, right: Partial<JsonRpcPeerOptions> = {}) {
  const toRight = new PassThrough();
  const toLeft = new PassThrough();
  return {
    left: jsonRpcPeer({ lines: readJsonLines(toLeft), output: toRight, ...left }),
    right: jsonRpcPeer({ lines: readJsonLines(toRight), output: toLeft, ...right }),
    toLeft,
    toRight,
  };
}

test("both sides ask and answer, at the same time and out of order", async () => {
  const gate = Promise.withResolvers<string>();
  const { left, right } = connected(
    { onRequest: ({ params }) => ({ echoed: params }) },
    { onRequest: ({ method }) => (method === "slow" ? gate.promise : "fast") },
  );
  const slow = left.request("slow");
  expect(await left.request("fast")).toBe("fast");
  expect(await right.request("echo", [1])).toEqual({ echoed: [1] });
  gate.resolve("at last");
  expect(await slow).toBe("at last");
});

test("notifications arrive in order, and the version field can be left out", async () => {
  const seen: unknown[] = [];
  const { left, right, toRight } = connected(
    { versionField: false },
    { onNotification: (...n) => seen.push(n) },
  );
  const raw: string[] = [];
  toRight.on("data", (chunk: Buffer) => raw.push(chunk.toString()));
  await left.notify("a", 1);
  await left.notify("b");
  await expect(left.request("c")).rejects.toThrow(methodNotFound("c").message);
  expect(seen).toEqual([
    ["a", 1],
    ["b", undefined],
  ]);
  expect(raw.join("")).toBe('{"method":"a","params":1}\n{"method":"b"}\n{"id":1,"method":"c"}\n');
  void right;
});

test("errors keep their code; a fault of a handler is -32603, an unknown method -32601", async () => {
  const { left, right } = connected(
    {},
    {
      onRequest({ method }) {
        if (method === "no") throw new JsonRpcError(42, "no", { why: "because" });
        throw new Error("broken");
      },
    },
  );
  const refusal = (request: Promise<unknown>) =>
    request.then(
      () => undefined,
      (cause: unknown) => cause,
    );
  expect(await refusal(left.request("no"))).toMatchObject({
    code: 42,
    message: "no",
    data: { why: "because" },
  });
  expect(await refusal(left.request("other"))).toMatchObject({ code: -32603, message: "broken" });
  expect(await refusal(right.request("anything"))).toMatchObject({ code: -32601 });
});

test("when the lines end, open requests are rejected and handlers are told", async () => {
  const told = Promise.withResolvers<void>();
  const { left, right, toLeft, toRight } = connected(
    {},
    {
      onRequest: ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => resolve(told.resolve()));
          toLeft.end();
        }),
    },
  );
  await expect(left.request("hang")).rejects.toThrow(JsonRpcClosed);
  expect(await left.closed).toEqual({});
  await expect(left.request("late")).rejects.toThrow(JsonRpcClosed);
  toRight.end();
  await told.promise;
  await right.closed;
});

test("a request can be given up, by signal or by time, and a late answer is harmless", async () => {
  const gate = Promise.withResolvers<null>();
  const { left } = connected({}, { onRequest: ({ method }) => (method === "hang" ? gate.promise : "ok") });
  const giveUp = new AbortController();
  const hanging = left.request("hang", {}, { signal: giveUp.signal });
  giveUp.abort(new Error("enough"));
  await expect(hanging).rejects.toThrow("enough");
  await expect(left.request("hang", {}, { timeoutMs: 1 })).rejects.toThrow(JsonRpcClosed);
  gate.resolve(null);
  expect(await left.request("next")).toBe("ok");
});

test("garbage is handed over and the connection goes on", async () => {
  const garbage: string[] = [];
  const { left, toLeft } = connected({ onGarbage: (text) => garbage.push(text) }, { onRequest: () => 1 });
  toLeft.write('not json\n{"neither":true}\n[]\n{"id":99,"result":0}\n');
  expect(await left.request("x")).toBe(1);
  expect(garbage).toEqual(["not json", '{"neither":true}', "[]"]);
});
