import { chmod } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import type { GateAnswer } from "@tutti/core";

/** Where the session's hooks bring the calls that are about to be carried out. */
export interface Gate {
  /** Gives up the calls that wait: their hooks deny them. */
  giveUp(): void;
  /** Gives them up, and takes no more. */
  close(): Promise<void>;
}

const MAX_CALL_BYTES = 64 * 1024 * 1024;

/**
 * Listens on a unix socket that only this user can reach. `ask` gets what a hook was told, unchecked, and a signal that
 * aborts when nobody waits for the answer any more. Its rejection is a denial.
 * Rejects when the socket can't be made.
 */
export async function openGate(
  path: string,
  ask: (call: unknown, signal: AbortSignal) => Promise<GateAnswer>,
): Promise<Gate> {
  const waiting = new Set<Socket>();
  const server = createServer((hook) => {
    waiting.add(hook);
    const gone = new AbortController();
    hook.on("error", () => {});
    hook.on("close", () => {
      waiting.delete(hook);
      gone.abort(new Error("the call was given up"));
    });
    void answer(hook, ask, gone.signal);
  });
  server.on("error", () => {});
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);

  const giveUp = () => {
    for (const hook of waiting) hook.destroy();
  };
  return {
    giveUp,
    close() {
      giveUp();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

async function answer(
  hook: Socket,
  ask: (call: unknown, signal: AbortSignal) => Promise<GateAnswer>,
  signal: AbortSignal,
): Promise<void> {
  const told = await decide(hook, ask, signal);
  hook.end(told.effect === "allow" ? "allow\n" : `deny\n${told.reason || "Denied."}`);
}

async function decide(
  hook: Socket,
  ask: (call: unknown, signal: AbortSignal) => Promise<GateAnswer>,
  signal: AbortSignal,
): Promise<GateAnswer> {
  try {
    const call: unknown = JSON.parse(await read(hook));
    return await ask(call, signal);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return { effect: "deny", reason: `The gate could not decide; the call is denied. (${why})` };
  }
}

/** The text of a call: its length in bytes, a line feed, and the text. */
function read(hook: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let length = 0;
    let head: { text: number; from: number } | undefined;
    hook.on("data", (chunk: Buffer) => {
      parts.push(chunk);
      length += chunk.length;
      head ??= headOf(parts.length === 1 ? chunk : Buffer.concat(parts));
      if (head && head.text > MAX_CALL_BYTES) return reject(new Error("the call is too long"));
      if (head && length >= head.from + head.text)
        resolve(Buffer.concat(parts).toString("utf8", head.from, head.from + head.text));
    });
    hook.on("close", () => reject(new Error("the hook ended early")));
  });
}

function headOf(bytes: Buffer): { text: number; from: number } | undefined {
  const end = bytes.indexOf(10);
  return end === -1 ? undefined : { text: Number(bytes.toString("latin1", 0, end)), from: end + 1 };
}
