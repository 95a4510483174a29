import type { Writable } from "node:stream";
import { type JsonLine, writeLine } from "./json-lines.ts";

/** An error answer of the other side; thrown by our own request handler, it is what the other side gets. */
export class JsonRpcError extends Error {
  override readonly name = "JsonRpcError";
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/** A request that will get no answer: the connection closed, or the caller stopped waiting. */
export class JsonRpcClosed extends Error {
  override readonly name = "JsonRpcClosed";
}

export interface IncomingRequest {
  id: string | number;
  method: string;
  params: unknown;
  /** Aborted when the connection closes: nobody waits for the answer any more. */
  signal: AbortSignal;
}

export interface JsonRpcPeerOptions {
  /** The other side's lines, read until they end. */
  lines: AsyncIterable<JsonLine>;
  output: Writable;
  /** Whether messages carry `"jsonrpc": "2.0"`. Read both ways always; written only when true (default). */
  versionField?: boolean;
  /**
   * Answers a request, in its own time; requests are not answered in turn. Throws JsonRpcError for an error answer;
   * anything else thrown becomes -32603. A method it does not know: `throw methodNotFound(method)`. Without it every request gets -32601.
   */
  onRequest?: (request: IncomingRequest) => unknown;
  /** Called in the order of arrival; must not throw. */
  onNotification?: (method: string, params: unknown) => void;
  /** Lines that are no JSON, and JSON that is no JSON-RPC message. */
  onGarbage?: (text: string) => void;
}

/** One end of a connection. It lives as long as its lines; closing the transport is the caller's. */
export interface JsonRpcPeer {
  /**
   * Resolves with the unchecked result; rejects with JsonRpcError (the other side said no), with JsonRpcClosed
   * (connection closed, `timeoutMs` over) or with the signal's reason. There is no time limit unless one is given.
   */
  request(
    method: string,
    params?: unknown,
    options?: { signal?: AbortSignal; timeoutMs?: number },
  ): Promise<unknown>;
  /** Resolves when the stream wants more; false when it has closed. */
  notify(method: string, params?: unknown): Promise<boolean>;
  /** Settles when the lines have ended; every open request has been rejected by then. `fault` is what a handler threw. */
  readonly closed: Promise<{ fault?: unknown }>;
}

export function methodNotFound(method: string): JsonRpcError {
  return new JsonRpcError(-32601, `Method not found: ${method}`);
}

/** Speaks JSON-RPC 2.0 over JSON lines, in both directions. */
export function jsonRpcPeer(options: JsonRpcPeerOptions): JsonRpcPeer {
  const pending = new Map<string | number, { resolve(value: unknown): void; reject(cause: Error): void }>();
  const connection = new AbortController();
  let lastId = 0;

  function send(message: object): Promise<boolean> {
    return writeLine(
      options.output,
      options.versionField === false ? message : { jsonrpc: "2.0", ...message },
    );
  }

  async function answer(id: string | number, method: string, params: unknown): Promise<void> {
    try {
      if (!options.onRequest) throw methodNotFound(method);
      const result = await options.onRequest({ id, method, params, signal: connection.signal });
      await send({ id, result: result ?? null });
    } catch (cause) {
      const error =
        cause instanceof JsonRpcError
          ? { code: cause.code, message: cause.message, data: cause.data }
          : { code: -32603, message: cause instanceof Error ? cause.message : String(cause) };
      await send({ id, error });
    }
  }

  function receive(value: unknown): void {
    const message = parseMessage(value);
    switch (message.kind) {
      case "request":
        void answer(message.id, message.method, message.params);
        return;
      case "notification":
        options.onNotification?.(message.method, message.params);
        return;
      case "result":
        pending.get(message.id)?.resolve(message.result);
        return;
      case "error":
        pending.get(message.id)?.reject(message.error);
        return;
      case "other":
        options.onGarbage?.(JSON.stringify(value));
        return;
    }
  }

  async function listen(): Promise<{ fault?: unknown }> {
    try {
      for await (const line of options.lines) {
        if (line.kind === "value") receive(line.value);
        else options.onGarbage?.(line.text);
      }
      return {};
    } catch (fault) {
      return { fault };
    } finally {
      connection.abort(new JsonRpcClosed("the connection has closed"));
      for (const { reject } of [...pending.values()])
        reject(new JsonRpcClosed("the connection closed before the answer"));
    }
  }

  const closed = listen();

  return {
    closed,
    notify: (method, params) => send({ method, params }),
    request(method, params, { signal, timeoutMs } = {}) {
      return new Promise((resolve, reject) => {
        if (connection.signal.aborted)
          return reject(new JsonRpcClosed(`${method}: the connection has closed`));
        if (signal?.aborted) return reject(signal.reason);
        const id = ++lastId;
        const timer =
          timeoutMs === undefined
            ? undefined
            : setTimeout(
                () => settle(() => reject(new JsonRpcClosed(`${method}: no answer in ${timeoutMs} ms`))),
                timeoutMs,
              );
        const abort = () => settle(() => reject(signal?.reason));
        function settle(end: () => void): void {
          pending.delete(id);
          clearTimeout(timer);
          signal?.removeEventListener("abort", abort);
          end();
        }
        pending.set(id, {
          resolve: (value) => settle(() => resolve(value)),
          reject: (cause) => settle(() => reject(cause)),
        });
        signal?.addEventListener("abort", abort);
        void send({ id, method, params });
      });
    },
  };
}

type Message =
  | { kind: "request"; id: string | number; method: string; params: unknown }
  | { kind: "notification"; method: string; params: unknown }
  | { kind: "result"; id: string | number; result: unknown }
  | { kind: "error"; id: string | number; error: JsonRpcError }
  | { kind: "other" };

function parseMessage(value: unknown): Message {
  if (!isRecord(value)) return { kind: "other" };
  const { id, method, params } = value;
  const hasId = typeof id === "string" || typeof id === "number";
  if (typeof method === "string") {
    return hasId ? { kind: "request", id, method, params } : { kind: "notification", method, params };
  }
  if (!hasId) return { kind: "other" };
  if (isRecord(value.error)) {
    const { code, message, data } = value.error;
    const text = typeof message === "string" ? message : "error without a message";
    return {
      kind: "error",
      id,
      error: new JsonRpcError(typeof code === "number" ? code : -32603, text, data),
    };
  }
  return "result" in value ? { kind: "result", id, result: value.result } : { kind: "other" };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
