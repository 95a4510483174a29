import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { LookAnswerOf, LookOf } from "@tutti/core";
import { insideRoot } from "./inside-root.ts";

/** Bytes of a file that are shown: of a longer one its head and its tail. */
const most = 1024 * 1024;

/** A file that holds a NUL in what would be shown of it is not text. */
export async function readTextFile({ root, path }: LookOf<"file.read">): Promise<LookAnswerOf<"file.read">> {
  const real = await insideRoot(root, path);
  // A pipe in the place of a file must not hold the opening.
  const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = await file.stat();
    if (!found.isFile()) throw new Error(`${path} is no file`);
    const head = await bytes(file, 0, most);
    const rest = found.size - head.length;
    if (rest <= 0) return answer(found.size, [head]);
    const half = most / 2;
    const tail = await bytes(file, found.size - half, half);
    return answer(found.size, [head.subarray(0, half), tail]);
  } finally {
    await file.close();
  }
}

function answer(size: number, kept: readonly Buffer[]): LookAnswerOf<"file.read"> {
  if (kept.some((part) => part.includes(0))) return { type: "file.read", text: null, size };
  const [head = Buffer.alloc(0), tail] = kept;
  if (!tail) return { type: "file.read", text: { text: head.toString("utf8"), cut: 0 }, size };
  const cut = size - head.length - tail.length;
  return { type: "file.read", text: { text: `${head}\n[${cut} bytes cut]\n${tail}`, cut }, size };
}

async function bytes(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let read = 0;
  while (read < length) {
    const { bytesRead } = await file.read(buffer, read, length - read, position + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return buffer.subarray(0, read);
}
