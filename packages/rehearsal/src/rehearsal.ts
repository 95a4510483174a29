import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { userTexts } from "./conversation.ts";
import { type Ending, type RecordedRequest, requestRecord } from "./recorded-request.ts";
import { composeReply, type Reply, recite } from "./reply.ts";
import type { Failure, Scenario, Wire } from "./scenario.ts";
import { anthropic } from "./wires/anthropic.ts";
import { chat } from "./wires/chat.ts";
import { responses } from "./wires/responses.ts";
import type { WireProtocol } from "./wires/wire.ts";

export interface RehearsalOptions {
  readonly scenario: Scenario;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** The address to listen on; loopback by default, and nothing asks callers who they are. */
  readonly host?: string;
  /** Called for each request for an answer, before it is answered. Must not throw. */
  readonly onRequest?: (request: RecordedRequest) => void;
  /** Milliseconds since 1970, for the answers that carry a time. */
  readonly now?: () => number;
}

export interface Rehearsal {
  /** Where the server listens, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** The base URL to give a client, by the wire that it speaks. */
  readonly baseUrls: Readonly<Record<Wire, string>>;
  /** The newest requests for an answer, oldest first (bounded; see `requestRecord`). A live view. */
  readonly requests: readonly RecordedRequest[];
  /** Stops at once; answers under way are broken off. */
  close(): Promise<void>;
}

const protocols: readonly WireProtocol[] = [anthropic, responses, chat];

const largestBody = 128 * 1024 * 1024;
const mostFailureCounts = 10_000;
const tickMs = 5_000;

/** Starts a scripted model server. Rejects when the address cannot be had (port taken). The caller closes it. */
export async function startRehearsal(options: RehearsalOptions): Promise<Rehearsal> {
  const { scenario, port = 0, host = "127.0.0.1", onRequest, now = Date.now } = options;
  const record = requestRecord();
  const countFailure = failureCounter();
  let order = 0;

  const server = createServer((request, response) => {
    serve(request, response).catch((fault: unknown) => {
      if (response.headersSent) response.destroy();
      else
        sendJson(response, 500, {
          error: { message: fault instanceof Error ? fault.message : String(fault) },
        });
    });
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", "http://rehearsal").pathname;
    const route = `${request.method} ${path}`;
    const protocol = protocols.find((each) => route === `POST ${each.path}`);
    if (protocol !== undefined) return await answer(protocol, request, response);
    if (route === "HEAD /" || route === "GET /") response.end("Tutti rehearsal is running");
    else if (route === "POST /v1/messages/count_tokens") {
      await readBody(request);
      sendJson(response, 200, { input_tokens: scenario.usage.input });
    } else if (route === "GET /v1/models") sendJson(response, 200, modelList(scenario, now()));
    else if (route === "GET /api/tags")
      sendJson(response, 200, { models: scenario.models.map((name) => ({ name, model: name })) });
    else {
      const message = `No route ${route}. A rehearsal answers POST ${protocols.map((each) => each.path).join(", ")}.`;
      sendJson(response, 404, anthropic.refusal(404, message));
    }
  }

  async function answer(
    protocol: WireProtocol,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const refuse = (status: number, message: string) =>
      sendJson(response, status, protocol.refusal(status, message));
    const text = await readBody(request);
    if (text === undefined) return refuse(413, `The body is larger than ${largestBody} bytes.`);
    const body = parseJson(text);
    if (body === undefined) return refuse(400, "The body is not JSON.");
    let asked: ReturnType<WireProtocol["read"]>;
    try {
      asked = protocol.read(body);
    } catch (cause) {
      if (!(cause instanceof z.ZodError)) throw cause;
      return refuse(400, `The body is not a request of this protocol: ${z.prettifyError(cause)}`);
    }

    const reply = composeReply(scenario, asked);
    const { promise: ended, resolve: end } = Promise.withResolvers<Ending>();
    const recorded: RecordedRequest = {
      order: ++order,
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
    };
    record.add(recorded, text.length);
    onRequest?.(recorded);

    const gone = new AbortController();
    response.once("close", () => {
      if (!response.writableFinished) gone.abort();
    });
    const failure = reply.failures.find((each) => countFailure(reply, each));
    const answering = {
      request: asked,
      usage: reply.usage,
      id: reply.id,
      createdAt: Math.floor(now() / 1000),
    };
    try {
      if (failure?.status !== undefined) {
        await pause(reply.delaySeconds * 1000, undefined, { signal: gone.signal });
        response.setHeader("retry-after", failure.retryAfter);
        refuse(failure.status, `Rehearsed failure ${failure.status}.`);
        return end("refused");
      }
      const cut = failure?.cut === true;
      if (!asked.stream) {
        await pause(reply.delaySeconds * 1000, undefined, { signal: gone.signal });
        const whole = await recite(
          reply,
          protocol.write(answering, () => {}),
          cut,
          gone.signal,
        );
        if (!cut) sendJson(response, 200, whole);
      } else {
        response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
        response.flushHeaders();
        await pauseAloud(response, reply.delaySeconds * 1000, gone.signal);
        const writer = protocol.write(answering, (data, event) => {
          const named = event === undefined ? "" : `event: ${event}\n`;
          response.write(`${named}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`);
        });
        await recite(reply, writer, cut, gone.signal);
        if (!cut) response.end();
      }
      if (cut) {
        await flushed(response);
        response.destroy();
      }
      end(cut ? "cut" : "complete");
    } catch (cause) {
      end("abandoned");
      if (!gone.signal.aborted) throw cause;
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a rehearsal listens on a TCP port");
  const url = `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`;
  return {
    url,
    port: address.port,
    baseUrls: { anthropic: url, responses: `${url}/v1`, chat: `${url}/v1` },
    requests: record.list,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Counts how often a failure has happened at its place; true while it has to happen again. The only memory of a rehearsal. */
function failureCounter(): (reply: Reply, failure: Failure) => boolean {
  const counts = new Map<string, number>();
  return (reply, failure) => {
    const key = `${reply.failureKey} ${reply.failures.indexOf(failure)}`;
    const count = counts.get(key) ?? 0;
    if (count >= failure.times) return false;
    counts.set(key, count + 1);
    const oldest = counts.keys().next().value;
    if (counts.size > mostFailureCounts && oldest !== undefined) counts.delete(oldest);
    return true;
  };
}

/** Waits, and lets the client hear that someone is there. Rejects when `signal` aborts. */
async function pauseAloud(
  response: ServerResponse,
  milliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  for (let left = milliseconds; left > 0; left -= tickMs) {
    await pause(Math.min(left, tickMs), undefined, { signal });
    response.write(": waiting\n\n");
  }
}

function flushed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (!response.headersSent) resolve();
    else response.write(": cut\n\n", () => resolve());
  });
}

/** The whole body as text, or undefined when it is too large. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= largestBody) chunks.push(chunk);
  }
  return size > largestBody ? undefined : Buffer.concat(chunks).toString("utf8");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

function modelList(scenario: Scenario, now: number): object {
  const created = Math.floor(now / 1000);
  return {
    object: "list",
    data: scenario.models.map((id) => ({
      id,
      object: "model",
      type: "model",
      display_name: id,
      owned_by: "rehearsal",
      created,
    })),
    has_more: false,
  };
}
