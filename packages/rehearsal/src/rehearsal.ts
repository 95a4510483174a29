import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { answerRequest, type Stage } from "./answer-request.ts";
import { failureCount } from "./failure-count.ts";
import { readBody, sendJson } from "./http-json.ts";
import { type RecordedRequest, requestRecord } from "./recorded-request.ts";
import type { Scenario, Wire } from "./scenario.ts";
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
  /** A live view of the newest requests for an answer, oldest first: at most 500, or 256 MiB of bodies. */
  readonly requests: readonly RecordedRequest[];
  /** Stops at once; answers under way are broken off. */
  close(): Promise<void>;
}

/** To add a wire: its protocol here, its name in `wires`, its base URL below. */
const protocols: readonly WireProtocol[] = [anthropic, responses, chat];

/** Starts a scripted model server. Rejects when the address cannot be had (a port that is taken). The caller closes it. */
export async function startRehearsal(options: RehearsalOptions): Promise<Rehearsal> {
  const { scenario, port = 0, host = "127.0.0.1", onRequest, now = Date.now } = options;
  const kept = requestRecord();
  let order = 0;
  const stage: Stage = {
    scenario,
    countFailure: failureCount(),
    now,
    record(request, bytes) {
      const recorded = { order: ++order, ...request };
      kept.add(recorded, bytes);
      onRequest?.(recorded);
    },
  };
  const server = createServer((request, response) => {
    route(stage, request, response).catch((fault: unknown) => {
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, anthropic.refusal(500, String(fault)));
    });
  });
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
    requests: kept.list,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function route(stage: Stage, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { models, usage } = stage.scenario;
  const wanted = `${request.method} ${new URL(request.url ?? "/", "http://rehearsal").pathname}`;
  const protocol = protocols.find(({ path }) => wanted === `POST ${path}`);
  if (protocol !== undefined) return await answerRequest(stage, protocol, request, response);
  switch (wanted) {
    case "HEAD /":
    case "GET /":
      response.end("Tutti rehearsal is running");
      return;
    case "POST /v1/messages/count_tokens":
      await readBody(request);
      return sendJson(response, 200, { input_tokens: usage.input });
    case "GET /v1/models":
      return sendJson(response, 200, modelList(models, Math.floor(stage.now() / 1000)));
    case "GET /api/tags":
      return sendJson(response, 200, { models: models.map((name) => ({ name, model: name })) });
    default: {
      const answered = protocols.map(({ path }) => `POST ${path}`).join(", ");
      return sendJson(
        response,
        404,
        anthropic.refusal(404, `No route ${wanted}. A rehearsal answers ${answered}.`),
      );
    }
  }
}

/** Has the fields of both vendors' lists. */
function modelList(models: readonly string[], created: number): object {
  const data = models.map((id) => ({
    id,
    object: "model",
    type: "model",
    display_name: id,
    created,
    owned_by: "rehearsal",
  }));
  return { object: "list", data, has_more: false };
}
