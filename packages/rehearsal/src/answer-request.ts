import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { type ModelRequest, userTexts } from "./conversation.ts";
import type { FailureCount } from "./failure-count.ts";
import { parseJson, readBody, sendJson } from "./http-json.ts";
import type { Ending, RecordedRequest } from "./recorded-request.ts";
import { composeReply, type Reply, recite } from "./reply.ts";
import type { Scenario } from "./scenario.ts";
import type { Answering, WireProtocol } from "./wires/wire.ts";

export interface Stage {
  readonly scenario: Scenario;
  readonly countFailure: FailureCount;
  readonly now: () => number;
  /** Called once for each request that could be read, before it is answered. */
  readonly record: (request: Omit<RecordedRequest, "order">, bytes: number) => void;
}

/** How often a client that waits in silence is told that someone is there. */
const soundMs = 5_000;

/** Answers one request of a wire, streamed or whole as it asks. Rejects only on a fault of the rehearsal itself. */
export async function answerRequest(
  stage: Stage,
  protocol: WireProtocol,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const refuse = (status: number, message: string) =>
    sendJson(response, status, protocol.refusal(status, message));
  const text = await readBody(request);
  if (text === undefined) return refuse(413, "The body is too large.");
  const body = parseJson(text);
  if (body === undefined) return refuse(400, "The body is not JSON.");
  const asked = readRequest(protocol, body);
  if (typeof asked === "string") return refuse(400, `The body is not a request of this protocol: ${asked}`);

  const reply = composeReply(stage.scenario, asked);
  const { promise: ended, resolve: end } = Promise.withResolvers<Ending>();
  stage.record(
    {
      wire: asked.wire,
      model: asked.model,
      stream: asked.stream,
      conversation: asked.conversation,
      system: asked.system,
      userTexts: userTexts(asked),
      tools: asked.tools,
      body,
      headers: request.headers,
      cue: reply.cue,
      problem: reply.problem,
      ended,
    },
    text.length,
  );

  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const failure = reply.failures.find((each, at) => stage.countFailure(`${reply.id} ${at}`, each));
  const createdAt = Math.floor(stage.now() / 1000);
  const answering: Answering = { request: asked, usage: reply.usage, id: reply.id, createdAt };
  try {
    if (failure?.status !== undefined) {
      await pause(reply.delaySeconds * 1000, undefined, { signal: gone.signal });
      response.setHeader("retry-after", failure.retryAfter);
      refuse(failure.status, `Rehearsed failure ${failure.status}.`);
      end("refused");
      return;
    }
    const cut = failure?.cut === true;
    const send = asked.stream ? sendStream : sendWhole;
    await send(reply, protocol, answering, response, cut, gone.signal);
    end(cut ? "cut" : "complete");
  } catch (cause) {
    end("abandoned");
    if (!gone.signal.aborted) throw cause;
  }
}

function readRequest(protocol: WireProtocol, body: unknown): ModelRequest | string {
  try {
    return protocol.read(body);
  } catch (cause) {
    if (cause instanceof z.ZodError) return z.prettifyError(cause);
    throw cause;
  }
}

async function sendWhole(
  reply: Reply,
  protocol: WireProtocol,
  answering: Answering,
  response: ServerResponse,
  cut: boolean,
  signal: AbortSignal,
): Promise<void> {
  await pause(reply.delaySeconds * 1000, undefined, { signal });
  const whole = await recite(
    reply,
    protocol.write(answering, () => {}),
    cut,
    signal,
  );
  if (whole === undefined) response.destroy();
  else sendJson(response, 200, whole);
}

async function sendStream(
  reply: Reply,
  protocol: WireProtocol,
  answering: Answering,
  response: ServerResponse,
  cut: boolean,
  signal: AbortSignal,
): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  response.flushHeaders();
  for (let left = reply.delaySeconds * 1000; left > 0; left -= soundMs) {
    await pause(Math.min(left, soundMs), undefined, { signal });
    response.write(": waiting\n\n");
  }
  const writer = protocol.write(answering, (data, event) => {
    const named = event === undefined ? "" : `event: ${event}\n`;
    response.write(`${named}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`);
  });
  await recite(reply, writer, cut, signal);
  if (!cut) response.end();
  else {
    // What was said before the cut has to reach the client, so it breaks off only when that is on its way.
    await new Promise<void>((resolve) => response.write(": cut\n\n", () => resolve()));
    response.destroy();
  }
}
