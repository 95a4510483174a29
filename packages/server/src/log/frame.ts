/** Server-sent events as bytes. A frame that many watchers get is encoded once and shared. */
import type { Delta, LoggedEvent, SentLook, WantedTerminal } from "@tutti/core";

/** An event's two frames: the cursor of one session's stream is a seq, that of a stream of many a position. */
export class EventFrame {
  readonly #logged: LoggedEvent;
  #json: string | undefined;
  #bySeq: Buffer | undefined;
  #byPosition: Buffer | undefined;

  constructor(logged: LoggedEvent) {
    this.#logged = logged;
  }

  get bySeq(): Buffer {
    this.#bySeq ??= this.#encode(this.#logged.seq);
    return this.#bySeq;
  }

  get byPosition(): Buffer {
    this.#byPosition ??= this.#encode(this.#logged.position);
    return this.#byPosition;
  }

  #encode(id: number): Buffer {
    this.#json ??= JSON.stringify(this.#logged);
    return Buffer.from(`id: ${id}\ndata: ${this.#json}\n\n`);
  }
}

/** `delta` adds to an item's text; `text` is all of an item's text so far, for who joins in the middle. */
export const deltaFrame = (name: "delta" | "text", delta: Delta): Buffer =>
  Buffer.from(`event: ${name}\ndata: ${JSON.stringify(delta)}\n\n`);

/** What a host alone is asked, on its own stream. */
export function askFrame(name: "look", asked: SentLook): Buffer;
export function askFrame(name: "terminal", asked: WantedTerminal): Buffer;
export function askFrame(name: string, asked: SentLook | WantedTerminal): Buffer {
  return Buffer.from(`event: ${name}\ndata: ${JSON.stringify(asked)}\n\n`);
}

/** How a stream begins: how long to wait before coming back, in milliseconds. */
export const openingFrame = Buffer.from("retry: 1000\n\n");

/** Says that the stream is alive. */
export const heartbeatFrame = Buffer.from(": here\n\n");

/** Says so, and moves the watcher's cursor over events that it did not want. */
export const cursorFrame = (position: number): Buffer => Buffer.from(`id: ${position}\n\n`);
