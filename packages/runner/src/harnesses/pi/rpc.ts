import type { Readable, Writable } from "node:stream";
import { readJsonLines, writeLine } from "../../process/json-lines.ts";
import { type PiEvent, type PiLineOf, piLineSchema } from "./wire.ts";

export type PiResponse = { ok: true; data: unknown } | { ok: false; error: string };

/** Pi's rpc mode, seen from outside: commands with answers, and events. */
export interface PiConnection {
  /** Sends a command. Never rejects; where Pi is gone, the answer comes with `abandon`. */
  request(command: { type: string; [member: string]: unknown }): Promise<PiResponse>;
  /** Answers what an extension asked. */
  answer(id: string, answer: object): void;
  /** Answers every open request, and every further one, with "Pi has ended". */
  abandon(): void;
  /** Resolves when Pi has said its last line; rejects when `hear` threw. */
  readonly silent: Promise<void>;
}

export interface PiListener {
  hear(event: PiEvent): void;
  /** A line that is no JSON. */
  garbage(text: string): void;
  /** Awaited before the next line is read. */
  room(): Promise<void>;
}

export function connect(streams: { stdin: Writable; stdout: Readable }, listener: PiListener): PiConnection {
  const pending = new Map<string, (response: PiResponse) => void>();
  const gone: PiResponse = { ok: false, error: "Pi has ended." };
  let abandoned = false;
  let last = 0;

  async function listen(): Promise<void> {
    for await (const line of readJsonLines(streams.stdout)) {
      if (line.kind === "garbage") listener.garbage(line.text);
      else {
        const { data: known } = piLineSchema.safeParse(line.value);
        if (known?.type === "response") settle(known);
        else if (known) listener.hear(known);
      }
      await listener.room();
    }
  }
  function settle({
    id = "",
    success,
    data,
    error = "Pi said no, without a word.",
  }: PiLineOf<"response">): void {
    pending.get(id)?.(success ? { ok: true, data } : { ok: false, error });
    pending.delete(id);
  }

  return {
    silent: listen(),
    request(command) {
      if (abandoned) return Promise.resolve(gone);
      const id = `c${++last}`;
      void writeLine(streams.stdin, { id, ...command });
      return new Promise((resolve) => {
        pending.set(id, resolve);
      });
    },
    answer(id, answer) {
      void writeLine(streams.stdin, { type: "extension_ui_response", id, ...answer });
    },
    abandon() {
      abandoned = true;
      for (const resolve of pending.values()) resolve(gone);
      pending.clear();
    },
  };
}
