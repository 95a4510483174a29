/** The first and the last bytes of an output of any length, in bounded memory. */
export interface BoundedOutput {
  push(chunk: Buffer): void;
  /** Head and tail; where something is missing between them, a line says how many bytes. */
  text(): string;
  /** Bytes that were dropped between head and tail. */
  cutBytes(): number;
}

/** Keeps at most `headBytes` from the start and `tailBytes` from the end. Text is cut between characters, never inside one. */
export function boundedOutput({
  headBytes,
  tailBytes,
}: {
  headBytes: number;
  tailBytes: number;
}): BoundedOutput {
  const head: Buffer[] = [];
  let headLength = 0;
  let tail: Buffer[] = [];
  let tailLength = 0;
  let cut = 0;

  function trimTail(): void {
    const whole = Buffer.concat(tail);
    const kept = whole.subarray(Math.max(0, whole.length - tailBytes));
    cut += whole.length - kept.length;
    tail = [Buffer.from(kept)];
    tailLength = kept.length;
  }

  return {
    push(chunk) {
      const room = Math.min(headBytes - headLength, chunk.length);
      if (room > 0) {
        head.push(chunk.subarray(0, room));
        headLength += room;
      }
      if (chunk.length > room) {
        tail.push(chunk.subarray(room));
        tailLength += chunk.length - room;
        if (tailLength > 2 * tailBytes + 65_536) trimTail();
      }
    },
    cutBytes() {
      trimTail();
      return cut;
    },
    text() {
      trimTail();
      const first = Buffer.concat(head);
      const last = Buffer.concat(tail);
      if (cut === 0) return Buffer.concat([first, last]).toString("utf8");
      const notice = `[${cut} bytes cut]\n`;
      const start = withoutBrokenEnd(first);
      return `${start}${start === "" || start.endsWith("\n") ? "" : "\n"}${notice}${withoutBrokenStart(last)}`;
    },
  };
}

function withoutBrokenEnd(bytes: Buffer): string {
  return new TextDecoder().decode(bytes, { stream: true });
}

function withoutBrokenStart(bytes: Buffer): string {
  let start = 0;
  while (start < 3 && start < bytes.length && ((bytes[start] ?? 0) & 0b1100_0000) === 0b1000_0000) start++;
  return bytes.subarray(start).toString("utf8");
}
