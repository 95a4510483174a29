import type { Confinement, Environment, HarnessFailure } from "@tutti/core";
import { z } from "zod";
import { readJsonLines } from "../../process/json-lines.ts";
import { type IncomingRequest, JsonRpcClosed, JsonRpcError, jsonRpcPeer } from "../../process/json-rpc.ts";
import { spawnTree } from "../../process/spawn.ts";

/** One `codex app-server` process, which has said hello. */
export interface AppServer {
  readonly pid: number;
  /** Rejects with a `CodexError`: the server said no, ended, or answered with something else than what `schema` describes. */
  request<T extends z.ZodType>(method: string, params: unknown, schema: T): Promise<z.infer<T>>;
  /** Settles once, with why it ended, when the process and everything that it left behind are gone. */
  readonly ended: Promise<HarnessFailure>;
  /** Lets it end by itself for a moment, then ends its tree. Idempotent. */
  stop(): Promise<void>;
  /** Ends its tree at once. */
  kill(): Promise<void>;
}

/** A request that failed, in the words of the contract. */
export class CodexError extends Error {
  override readonly name = "CodexError";
  readonly failure: HarnessFailure;

  constructor(failure: HarnessFailure, cause?: unknown) {
    super(failure.message, { cause });
    this.failure = failure;
  }
}

interface AppServerOptions {
  program: string;
  args: readonly string[];
  environment: Environment;
  cwd: string;
  marker: string;
  confinement: Confinement | undefined;
  onNotification(method: string, params: unknown): void;
  onRequest(request: IncomingRequest): unknown;
  /** Awaited between lines: holds the server back while nobody reads what it said before. */
  room(): Promise<void>;
}

/** How long an answer may take that needs no model, no tool and no person. */
const ANSWER_LIMIT_MS = 60_000;
/** How long it may take to end by itself. */
const STOP_GRACE_MS = 2_000;

/** Told at length, read by nobody: a command's output comes whole with its end. */
const unwanted = [
  "item/commandExecution/outputDelta",
  "item/fileChange/outputDelta",
  "item/fileChange/patchUpdated",
  "turn/diff/updated",
  "thread/settings/updated",
  "account/rateLimits/updated",
];

const hello = {
  clientInfo: { name: "tutti", title: "Tutti", version: "0.1.0" },
  capabilities: { experimentalApi: true, requestAttestation: false, optOutNotificationMethods: unwanted },
};

/** Starts an app-server and says hello to it. Rejects with a `CodexError`; then nothing of it is left. */
export async function startAppServer(options: AppServerOptions): Promise<AppServer> {
  const { program, args, cwd, marker } = options;
  const spawned = await spawnTree({
    command: program,
    args,
    cwd,
    env: { ...options.environment },
    marker,
    ...(options.confinement && { confinement: options.confinement }),
  });
  if (!spawned.ok) {
    const { kind, message } = spawned.reason;
    throw new CodexError({ kind: kind === "missing-binary" ? "missing" : "crashed", message });
  }
  const { tree } = spawned;

  let garbage: string | undefined;
  let unanswered: string | undefined;
  async function* lines() {
    for await (const line of readJsonLines(tree.stdout)) {
      await options.room();
      yield line;
    }
  }
  const peer = jsonRpcPeer({
    lines: lines(),
    output: tree.stdin,
    versionField: false,
    onNotification: options.onNotification,
    onRequest: options.onRequest,
    onGarbage(text) {
      // A program that says something else on this channel is not the one that was asked for.
      garbage ??= text;
      void tree.kill({ graceMs: 0 });
    },
  });

  let open = true;
  void peer.closed.then(() => {
    open = false;
  });
  const ended = tree.exited.then(({ code, signal }): HarnessFailure => {
    const last = tree.stderrTail().trim().split("\n").at(-1)?.trim();
    const how =
      garbage !== undefined
        ? `Codex said what is no protocol (${JSON.stringify(garbage.slice(0, 200))})`
        : unanswered !== undefined
          ? `Codex did not answer (${unanswered})`
          : `Codex ended (${signal ?? `exit code ${code}`})`;
    return { kind: "crashed", message: last ? `${how}: ${last}` : `${how}.` };
  });

  const server: AppServer = {
    pid: tree.pid,
    ended,
    async request(method, params, schema) {
      let result: unknown;
      try {
        result = await peer.request(method, params, { timeoutMs: ANSWER_LIMIT_MS });
      } catch (cause) {
        if (cause instanceof JsonRpcError)
          throw new CodexError({ kind: "other", message: `Codex: ${cause.message}` }, cause);
        if (!(cause instanceof JsonRpcClosed)) throw cause;
        if (open) unanswered = cause.message;
        await tree.kill({ graceMs: 0 });
        throw new CodexError(await ended, cause);
      }
      const read = schema.safeParse(result);
      if (read.success) return read.data;
      const message = `Codex answered ${method} with something unknown. Is this version supported?`;
      throw new CodexError({ kind: "crashed", message }, read.error);
    },
    async stop() {
      tree.stdin.end();
      let timer: NodeJS.Timeout | undefined;
      const over = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, STOP_GRACE_MS);
      });
      await Promise.race([tree.exited, over]);
      clearTimeout(timer);
      await tree.kill({ graceMs: 0 });
    },
    async kill() {
      await tree.kill({ graceMs: 0 });
    },
  };
  try {
    await server.request("initialize", hello, z.object({}));
    await peer.notify("initialized");
    return server;
  } catch (cause) {
    await server.kill();
    throw cause;
  }
}
