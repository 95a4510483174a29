/** Server-sent events, in the very frames of the real server. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Delta, LoggedEvent } from "@tutti/core";
import type { Log } from "./log.ts";

const heartbeatMs = 15_000;

interface Watched {
  /** The cursor after which events are wanted; by seq when one session's stream is asked for, else by position. */
  after: number;
  by: "seq" | "position";
  wanted(session: string): boolean;
  deltas: boolean;
}

/** Answers with a stream that goes on until its socket closes. */
export function openStream(log: Log, response: ServerResponse, { after, by, wanted, deltas }: Watched): void {
  response.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  response.write("retry: 1000\n\n");
  const send = (logged: LoggedEvent) => {
    if (wanted(logged.session) && logged[by] > after)
      response.write(`id: ${logged[by]}\ndata: ${JSON.stringify(logged)}\n\n`);
  };
  const beat = () => response.write(by === "seq" ? ": here\n\n" : `id: ${Math.max(after, log.position)}\n\n`);
  const text = (name: "delta" | "text", delta: Delta) => {
    if (deltas && wanted(delta.session)) response.write(`event: ${name}\ndata: ${JSON.stringify(delta)}\n\n`);
  };
  for (const logged of log.events) send(logged);
  beat();
  for (const delta of log.unfinished()) text("text", delta);
  const leave = log.watch({ event: send, delta: (delta) => text("delta", delta) });
  const timer = setInterval(beat, heartbeatMs);
  response.once("close", () => {
    clearInterval(timer);
    leave();
  });
}

/** Where a stream goes on: after what the watcher saw last, if it says so. */
export function cursorOf<After extends number | undefined>(
  request: IncomingMessage,
  after: After,
): After | number {
  const last = request.headers["last-event-id"];
  return typeof last === "string" && /^\d{1,16}$/.test(last) ? Number(last) : after;
}
