import { PassThrough, Readable, Writable } from "node:stream";
import { expect, test } from "vitest";
import { type JsonLine, readJsonLines, writeLine } from "./json-lines.ts";

async function read(chunks: Iterable<Buffer>, maxLineBytes?: number): Promise<JsonLine[]> {
  const lines: JsonLine[] = [];
  const stream = Readable.from(chunks, { objectMode: false });
  for await (const line of readJsonLines(stream, maxLineBytes ? { maxLineBytes } : {})) lines.push(line);
  return lines;
}

test("characters split between chunks arrive whole, byte by byte", async () => {
  const bytes = Buffer.from('{"text":"größe 🎼"}\n[1]\n');
  const lines = await read([...bytes].map((byte) => Buffer.of(byte)));
  expect(lines).toEqual([
    { kind: "value", value: { text: "größe 🎼" } },
    { kind: "value", value: [1] },
  ]);
});

test("only LF ends a line", async () => {
  const value = { text: "a\u2028b\u2029c\u0085d" };
  expect(await read([Buffer.from(`${JSON.stringify(value)}\r\n\n`)])).toEqual([{ kind: "value", value }]);
});

test("what is no JSON is an item, and reading goes on; a last line needs no LF", async () => {
  expect(await read([Buffer.from('Warning: \x1b[31mred\n{"a":1}\n{"cut')])).toEqual([
    { kind: "garbage", reason: "not-json", text: "Warning: \x1b[31mred", bytes: 17 },
    { kind: "value", value: { a: 1 } },
    { kind: "garbage", reason: "not-json", text: '{"cut', bytes: 5 },
  ]);
});

test("a line beyond the limit is reported with its beginning", async () => {
  const lines = await read(
    [Buffer.from(`"${"x".repeat(9_000)}`), Buffer.from(`${"y".repeat(9_000)}"\n7\n`)],
    10_000,
  );
  expect(lines).toMatchObject([
    { kind: "garbage", reason: "too-long", bytes: 18_002 },
    { kind: "value", value: 7 },
  ]);
  expect(lines[0]?.kind === "garbage" && lines[0].text.length).toBe(4096);
});

test("a stream that breaks has ended", async () => {
  const stream = new PassThrough();
  stream.write('{"a":1}\n');
  const lines: JsonLine[] = [];
  for await (const line of readJsonLines(stream)) {
    lines.push(line);
    stream.destroy(new Error("EIO"));
  }
  expect(lines).toHaveLength(1);
});

test("a writer waits for a slow reader, keeps the order, and learns of the end", async () => {
  const written: string[] = [];
  let release = (): void => {};
  const slow = new Writable({
    highWaterMark: 1,
    write(chunk, _encoding, done) {
      written.push(String(chunk));
      release = done;
    },
  });
  let settled = 0;
  const writes = [1, 2].map((n) => writeLine(slow, { n }).finally(() => settled++));
  await Promise.resolve();
  expect(settled).toBe(0);
  release();
  release();
  expect(await Promise.all(writes)).toEqual([true, true]);
  expect(written).toEqual(['{"n":1}\n', '{"n":2}\n']);
  slow.destroy();
  expect(await writeLine(slow, {})).toBe(false);
});
