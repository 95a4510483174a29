import {
  type Delta,
  deltaSchema,
  type LoggedEvent,
  loggedEventSchema,
  type RouteName,
  type SentLook,
  sentLookSchema,
  type WantedTerminal,
  wantedTerminalSchema,
} from "@tutti/core";
import { patience } from "./patience.ts";
import { type Frame, readFrames } from "./server-sent-events.ts";
import { isPassing, type RouteInput, type Transport } from "./transport.ts";

/** The server says that it is there every 15 seconds; a stream that is silent for longer is dead. */
const silenceMs = 45_000;

export type Message =
  | { kind: "event"; event: LoggedEvent }
  /** Text of an item that is not whole yet. `whole` text replaces what was told of the item before; other text adds to it. */
  | { kind: "delta"; delta: Delta; whole: boolean }
  /** To a host alone: it is asked to look at something. */
  | { kind: "look"; sent: SentLook }
  /** To a host alone: a person wants a terminal on it. */
  | { kind: "terminal"; wanted: WantedTerminal };

/**
 * A stream's frames, for ever: when it breaks it is opened again from the cursor. Ends when the signal aborts; throws
 * when the server says no.
 */
async function* frames<N extends RouteName>(
  transport: Transport,
  name: N,
  input: (cursor: number | undefined) => RouteInput<N>,
  after: number | undefined,
  signal: AbortSignal | undefined,
  onLink: (up: boolean) => void = () => {},
): AsyncGenerator<Frame & { cursor: number | undefined }, void, void> {
  const waiting = patience(Number.POSITIVE_INFINITY, signal);
  let cursor = after;
  while (!signal?.aborted) {
    const silence = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(new Error("the stream fell silent")), silenceMs);
    };
    try {
      alive();
      const ending = signal ? AbortSignal.any([signal, silence.signal]) : silence.signal;
      const body = await transport.stream(name, { ...input(cursor), signal: ending });
      onLink(true);
      for await (const frame of readFrames(body, alive)) {
        waiting.reset();
        const told = frame.id === undefined ? Number.NaN : Number(frame.id);
        const isBehind = cursor !== undefined && told <= cursor;
        if (Number.isSafeInteger(told) && !isBehind) cursor = told;
        // An event at or before the cursor was given already.
        if (frame.data !== "" && !(frame.event === "message" && isBehind)) yield { ...frame, cursor };
      }
    } catch (error) {
      if (signal?.aborted) return;
      if (!silence.signal.aborted && !isPassing(error)) throw error;
    } finally {
      clearTimeout(timer);
    }
    onLink(false);
    await waiting.again();
  }
}

/** A session's events after a seq: every one, once, in order. */
export async function* followSession(
  transport: Transport,
  id: string,
  { after = 0, signal }: { after?: number; signal?: AbortSignal | undefined },
): AsyncGenerator<LoggedEvent, void, void> {
  const input = (cursor = 0): RouteInput<"sessionEvents"> => ({
    params: { id },
    query: { after: cursor, follow: "true" },
  });
  for await (const { event, data } of frames(transport, "sessionEvents", input, after, signal))
    if (event === "message") yield loggedEventSchema.parse(JSON.parse(data));
}

export interface FollowAllOptions {
  /** The position after which events are wanted; from now on when not given. */
  after?: number | undefined;
  /** Sessions of this host alone; without deltas, which are the host's own. */
  host?: string | undefined;
  /** This session and its children alone. */
  session?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Told whenever the stream is up, and when it broke; it is opened again by itself. */
  onLink?: ((up: boolean) => void) | undefined;
}

/** Many sessions' events, every one, once, in order; between them text that is not stored, and what a host alone is asked. */
export async function* followAll(
  transport: Transport,
  { after, host, session, signal, onLink }: FollowAllOptions,
): AsyncGenerator<Message, void, void> {
  const input = (cursor: number | undefined): RouteInput<"events"> => ({
    query: {
      ...(cursor !== undefined && { after: cursor }),
      ...(host !== undefined && { host }),
      ...(session !== undefined && { session }),
    },
  });
  for await (const { event, data } of frames(transport, "events", input, after, signal, onLink)) {
    const json: unknown = JSON.parse(data);
    if (event === "message") yield { kind: "event", event: loggedEventSchema.parse(json) };
    else if (event === "delta" || event === "text")
      yield { kind: "delta", delta: deltaSchema.parse(json), whole: event === "text" };
    else if (host !== undefined) yield* askedOfHost(event, json);
  }
}

/** What a host does not know how to read is passed over: who asks learns that no answer comes, and the stream goes on. */
function* askedOfHost(event: string, json: unknown): Generator<Message> {
  if (event === "look") {
    const read = sentLookSchema.safeParse(json);
    if (read.success) yield { kind: "look", sent: read.data };
  } else if (event === "terminal") {
    const read = wantedTerminalSchema.safeParse(json);
    if (read.success) yield { kind: "terminal", wanted: read.data };
  }
}
