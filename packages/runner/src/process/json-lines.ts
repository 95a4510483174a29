import type { Readable, Writable } from "node:stream";

/** One line of a child's output: JSON that has not been checked yet, or something that is no JSON. */
export type JsonLine =
  | { kind: "value"; value: unknown }
  | { kind: "garbage"; reason: "not-json" | "too-long"; text: string; bytes: number };

const GARBAGE_TEXT_BYTES = 4 * 1024;

/**
 * Reads a byte stream as JSON lines. Lines end at LF and nowhere else: U+2028 and U+2029 are legal inside JSON strings.
 * Empty lines are passed over. A line that is no JSON, or longer than `maxLineBytes` (default 64 MB), is an item, and reading goes on.
 * Never throws: a stream that breaks has ended. Leaving the loop early closes the stream.
 */
export async function* readJsonLines(
  stream: Readable,
  { maxLineBytes = 64 * 1024 * 1024 }: { maxLineBytes?: number } = {},
): AsyncGenerator<JsonLine, void, undefined> {
  let parts: Buffer[] = [];
  let length = 0;

  function take(part: Buffer): void {
    const wasTooLong = length > maxLineBytes;
    length += part.length;
    if (length <= maxLineBytes) parts.push(part);
    else if (!wasTooLong)
      parts = [Buffer.from(Buffer.concat([...parts, part]).subarray(0, GARBAGE_TEXT_BYTES))];
  }
  function finish(): JsonLine | undefined {
    const bytes = length;
    const line = Buffer.concat(parts);
    parts = [];
    length = 0;
    if (bytes > maxLineBytes) return { kind: "garbage", reason: "too-long", text: beginning(line), bytes };
    const text = line.toString("utf8");
    if (text.trim() === "") return undefined;
    try {
      const value: unknown = JSON.parse(text);
      return { kind: "value", value };
    } catch {
      return { kind: "garbage", reason: "not-json", text: beginning(line), bytes };
    }
  }

  for await (const chunk of untilBroken(stream)) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      take(chunk.subarray(start, end));
      start = end + 1;
      const line = finish();
      if (line) yield line;
    }
    if (start < chunk.length) take(chunk.subarray(start));
  }
  const last = finish();
  if (last) yield last;
}

/**
 * Writes one JSON line. Resolves when the stream wants more: true; or when it has closed: false (the line may be lost).
 * Lines keep the order of the calls, awaited or not. Never rejects on a broken stream.
 */
export async function writeLine(stream: Writable, value: unknown): Promise<boolean> {
  const line = `${JSON.stringify(value)}\n`;
  if (!stream.writable) return false;
  if (stream.write(line)) return true;
  return new Promise((resolve) => {
    const settle = (written: boolean) => {
      stream.off("drain", drained);
      stream.off("close", closed);
      stream.off("error", closed);
      resolve(written);
    };
    const drained = () => settle(true);
    const closed = () => settle(false);
    stream.once("drain", drained);
    stream.once("close", closed);
    stream.once("error", closed);
  });
}

async function* untilBroken(stream: Readable): AsyncGenerator<Buffer, void, undefined> {
  try {
    for await (const chunk of stream) yield Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
  } catch {
    // A pipe that breaks, or is given up, has said all it will say.
  }
}

function beginning(line: Buffer): string {
  return new TextDecoder().decode(line.subarray(0, GARBAGE_TEXT_BYTES), {
    stream: line.length > GARBAGE_TEXT_BYTES,
  });
}
