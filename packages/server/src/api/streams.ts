/** Server-sent events over a request's own socket, so that a frame's bytes are written as they are, to everybody. */
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Context } from "hono";
import { openingFrame } from "../log/frame.ts";
import type { Beating, WatcherSink } from "../log/watch.ts";
import type { ApiEnv } from "./endpoint.ts";
import { securityHeaders } from "./problem.ts";

const heartbeatMs = 15_000;
/** Bytes that may wait for a watcher. With more it is dropped, and resumes from its cursor. */
const backlogLimit = 1024 * 1024;

export interface Streams {
  /**
   * Answers a request with a stream. `begin` brings it from its cursor to the present; when it rejects, the stream ends
   * and the client comes back. Its signal aborts once, however the stream ends.
   */
  open(
    context: Context<ApiEnv>,
    begin: (sink: WatcherSink, signal: AbortSignal) => Promise<Beating>,
  ): Response;
  /** Ends every stream; clients resume from their cursors. */
  close(): void;
}

export function openStreams(onFault: (error: unknown) => void): Streams {
  const open = new Set<{ end(): void; beat(): void }>();
  let closed = false;
  const timer = setInterval(() => {
    for (const stream of open) stream.beat();
  }, heartbeatMs);
  timer.unref();

  return {
    open(context, begin) {
      const { outgoing } = context.env;
      if (!outgoing) throw new Error("a stream needs a connection of its own");
      const ending = new AbortController();
      const stream = {
        end: () => void outgoing.end(),
        beat: () => {},
      };
      open.add(stream);
      outgoing.once("close", () => {
        open.delete(stream);
        ending.abort();
      });
      outgoing.on("error", () => {});
      outgoing.writeHead(200, {
        ...securityHeaders,
        "content-type": "text/event-stream; charset=utf-8",
        "x-accel-buffering": "no",
      });
      outgoing.write(openingFrame);
      if (closed) stream.end();

      const sink: WatcherSink = {
        send(frame) {
          if (outgoing.writableEnded || outgoing.destroyed) return;
          if (outgoing.writableLength > backlogLimit) outgoing.destroy();
          else outgoing.write(frame);
        },
        get hasRoom() {
          return !outgoing.writableNeedDrain;
        },
        room: () =>
          new Promise((resolve) => {
            if (!outgoing.writableNeedDrain || ending.signal.aborted) return resolve();
            const go = () => {
              outgoing.off("drain", go);
              ending.signal.removeEventListener("abort", go);
              resolve();
            };
            outgoing.once("drain", go);
            ending.signal.addEventListener("abort", go);
          }),
      };
      begin(sink, ending.signal).then(
        (live) => {
          stream.beat = live.beat;
        },
        (error: unknown) => {
          if (!ending.signal.aborted) onFault(error);
          stream.end();
        },
      );
      return RESPONSE_ALREADY_SENT;
    },
    close() {
      closed = true;
      clearInterval(timer);
      for (const stream of open) stream.end();
    },
  };
}
