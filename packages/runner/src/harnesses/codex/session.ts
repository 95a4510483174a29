import { realpath } from "node:fs/promises";
import { join } from "node:path";
import type {
  GateAnswer,
  HarnessEvent,
  HarnessFailure,
  HarnessSession,
  ImageContent,
  Opened,
  OpenOptions,
  Prompt,
} from "@tutti/core";
import { z } from "zod";
import { eventQueue } from "../../process/event-queue.ts";
import { type IncomingRequest, methodNotFound } from "../../process/json-rpc.ts";
import { type AppServer, CodexError, startAppServer } from "./app-server.ts";
import { type Gate, openGate } from "./gate.ts";
import { GATE_VARIABLE, hookCommand } from "./gate-hook.ts";
import {
  isRedirected,
  launchArguments,
  PROVIDER,
  sandboxPolicy,
  type Trust,
  threadSettings,
} from "./launch.ts";
import { binaryOf } from "./program.ts";
import { canSandbox } from "./sandbox.ts";
import { toolCallOf } from "./tool-call.ts";
import { endToolProcesses } from "./tool-processes.ts";
import { initialState, type Said, type State, translate } from "./translate.ts";
import { judge } from "./trust.ts";
import {
  accountSchema,
  type Config,
  configSchema,
  elicitationSchema,
  hookInputSchema,
  hooksListSchema,
  notificationOf,
  threadSchema,
  toolRequestSchema,
  turnStartedSchema,
} from "./wire.ts";

const anything = z.unknown();

/** Opens a session. Fails, as a value, with nothing left behind. */
export async function openSession(options: OpenOptions): Promise<Opened> {
  const { provider, signal } = options;
  if (provider && provider.wire !== "responses")
    return failed({
      kind: "model",
      message: `Codex reaches model providers over the wire "responses", not "${provider.wire}".`,
    });
  const session = new CodexSession(options);
  try {
    await session.open();
    signal?.addEventListener("abort", () => void session.close(), { once: true });
    if (signal?.aborted) void session.close();
    return { ok: true, session };
  } catch (cause) {
    await session.abandon();
    if (cause instanceof CodexError) return failed(cause.failure);
    return failed({ kind: "other", message: cause instanceof Error ? cause.message : String(cause) });
  }
}

function failed(failure: HarnessFailure): Opened {
  return { ok: false, failure };
}

/** What Codex was found to need before it trusts the gate's hook, for each program, home and hook. */
const knownTrust = new Map<string, Trust>();

class CodexSession implements HarnessSession {
  readonly #options: OpenOptions;
  readonly #lent: ReadonlySet<string>;
  readonly #queue = eventQueue<HarnessEvent>();
  #gate: Gate | undefined;
  #server: AppServer | undefined;
  #state: State | undefined;
  #cwd = "";
  #model = "";
  #sandbox: Record<string, unknown> = {};
  #closing = false;
  /** Why the session was ended from this side. */
  #fault: HarnessFailure | undefined;
  /** Notifications are dealt with one after the other, and none before the thread is known. */
  #inbox: Promise<void>;
  #release = () => {};
  #waiting: (() => void)[] = [];
  #closed: Promise<void> = Promise.resolve();

  constructor(options: OpenOptions) {
    this.#options = options;
    this.#lent = new Set(options.tools.map(({ name }) => name));
    this.#inbox = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  get events(): AsyncIterable<HarnessEvent> {
    return this.#queue.events;
  }

  /** Rejects with why it can't be opened. */
  async open(): Promise<void> {
    const { folder, cwd, environment, installation, confinement } = this.#options;
    this.#cwd = await realpath(cwd);
    const program = await binaryOf(installation.path);
    this.#gate = await openGate(join(folder, "gate.sock"), (call, signal) => this.#ask(call, signal));
    // Confined as a whole, its own sandbox would only keep it from committing.
    const [server, sandboxed] = await Promise.all([
      this.#startTrusted(program),
      confinement ? false : canSandbox(program, { environment, cwd: this.#cwd }),
    ]);
    const [{ config }, { account, requiresOpenaiAuth }] = await Promise.all([
      server.request("config/read", { cwd: this.#cwd, includeLayers: false }, configSchema),
      server.request("account/read", { refreshToken: false }, accountSchema),
    ]);
    if (!account && requiresOpenaiAuth)
      throw new CodexError({
        kind: "not-logged-in",
        message: "Nobody is logged in to Codex. Run `codex login`.",
      });
    this.#sandbox = sandboxPolicy(config, sandboxed);

    const { thread, model, modelProvider } = await this.#openThread(server, config);
    const { provider } = this.#options;
    this.#model = model;
    const route = provider ? "provider" : isRedirected(modelProvider, config) ? "redirected" : "own";
    // A login with ChatGPT is part of its plan; a key, and whatever serves instead of OpenAI, is not.
    const metered = route !== "own" || account?.type !== "chatgpt";
    this.#state = initialState(thread.id, model, { metered });
    this.#queue.push({
      type: "opened",
      nativeId: thread.id,
      version: installation.version,
      model,
      route,
    });
    if (!sandboxed && !confinement)
      this.#queue.push({
        type: "notice",
        level: "warning",
        text: "This machine does not let Codex confine its commands; they are held by the gate alone.",
      });
    this.#closed = server.ended.then((failure) => this.#finish(failure));
    this.#release();
  }

  /** Clears away a session that did not open. */
  async abandon(): Promise<void> {
    this.#release();
    await this.#server?.kill();
    await this.#gate?.close();
    this.#queue.end({ type: "closed" });
  }

  async prompt(turn: Prompt): Promise<void> {
    const { server, state } = this.#running();
    if (state.turn !== undefined || state.asked) throw new Error("a turn is running");
    const model = turn.model ?? this.#model;
    const { effort } = this.#options;
    this.#translate({ method: "asked", turn: turn.id, model });
    try {
      await server.request(
        "turn/start",
        {
          threadId: state.root,
          input: inputOf(turn.text, turn.images),
          model,
          ...(effort && { effort }),
          approvalPolicy: "never",
          sandboxPolicy: this.#sandbox,
        },
        turnStartedSchema,
      );
    } catch (cause) {
      this.#translate({ method: "refused", turn: turn.id });
      throw cause;
    }
  }

  async steer(text: string, images?: readonly ImageContent[]): Promise<boolean> {
    const turn = this.#state?.active.get(this.#state.root);
    if (!this.#server || !this.#state || turn === undefined || this.#closing) return false;
    try {
      const input = inputOf(text, images);
      await this.#server.request(
        "turn/steer",
        { threadId: this.#state.root, expectedTurnId: turn, input },
        anything,
      );
      return true;
    } catch {
      return false;
    }
  }

  async interrupt(): Promise<void> {
    const state = this.#state;
    if (!state) return;
    // A prompt that Codex has taken begins at once.
    await this.#until(() => !state.asked);
    if (state.turn === undefined || this.#closing) return;
    await this.#stopTurns();
    await this.#until(() => state.turn === undefined);
  }

  close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      void this.#server?.stop();
    }
    return this.#closed;
  }

  /** An app-server whose hook is trusted. It is started a second time when it was not known what its trust needs. */
  async #startTrusted(program: string): Promise<AppServer> {
    const { environment } = this.#options;
    const command = await hookCommand(environment);
    const home = environment.CODEX_HOME ?? environment.HOME ?? "";
    const key = JSON.stringify([program, home, command]);
    let trust = knownTrust.get(key);
    for (let attempt = 1; attempt <= 2; attempt++) {
      const server = await this.#start(program, launchArguments(this.#options, { command, trust }));
      const { data } = await server.request("hooks/list", { cwds: [this.#cwd] }, hooksListSchema);
      const verdict = judge(data[0]?.hooks ?? [], command);
      if (verdict.kind === "sound") {
        if (trust) knownTrust.set(key, trust);
        return server;
      }
      if (verdict.kind === "broken") throw new CodexError(verdict.failure);
      trust = { ...verdict.trust, disabled: [...(trust?.disabled ?? []), ...verdict.trust.disabled] };
      await server.kill();
    }
    throw new CodexError({
      kind: "gate",
      message: "Codex does not trust the hook that Tutti's gate stands on; this version can't be used.",
    });
  }

  async #start(program: string, args: string[]): Promise<AppServer> {
    const { environment, marker, folder, confinement } = this.#options;
    this.#server = await startAppServer({
      program,
      args,
      environment: { ...environment, [GATE_VARIABLE]: join(folder, "gate.sock") },
      cwd: this.#cwd,
      marker,
      confinement,
      onNotification: (method, params) => this.#hear(method, params),
      onRequest: (request) => this.#answer(request),
      room: () => this.#queue.room(),
    });
    return this.#server;
  }

  #openThread(server: AppServer, config: Config): Promise<z.infer<typeof threadSchema>> {
    const { resume, model, provider, systemPrompt, tools, userMcpServers } = this.#options;
    const thread = {
      cwd: this.#cwd,
      ...(model !== undefined && { model }),
      modelProvider: provider ? PROVIDER : (config.model_provider ?? "openai"),
      approvalPolicy: "never",
      // Each turn widens this. A thread that starts with more makes Codex note the folder as trusted in the user's
      // configuration, and then follow the repository's own.
      sandbox: "read-only",
      config: threadSettings(config, userMcpServers === true),
      ...(systemPrompt !== undefined && { developerInstructions: systemPrompt }),
    };
    if (resume)
      return server.request(
        resume.fork ? "thread/fork" : "thread/resume",
        { ...thread, threadId: resume.nativeId, excludeTurns: true },
        threadSchema,
      );
    const dynamicTools = tools.map(({ name, description, inputSchema }) => ({
      type: "function",
      name,
      description,
      inputSchema,
      deferLoading: false,
    }));
    return server.request("thread/start", { ...thread, dynamicTools }, threadSchema);
  }

  #running(): { server: AppServer; state: State } {
    if (!this.#server || !this.#state || this.#closing || this.#queue.ended)
      throw new Error("the session has ended");
    return { server: this.#server, state: this.#state };
  }

  #hear(method: string, params: unknown): void {
    const notification = notificationOf(method, params);
    if (!notification) return;
    this.#inbox = this.#inbox.then(async () => {
      const interrupted =
        notification.method === "turn/completed" && notification.params.turn.status === "interrupted";
      if (interrupted) await this.#clean(notification.params.threadId);
      this.#translate(notification);
    });
  }

  #translate(said: Said): void {
    const state = this.#state;
    if (!state || this.#queue.ended) return;
    for (const event of translate(said, state)) this.#queue.push(event);
    for (const wake of this.#waiting.splice(0)) wake();
    if (state.breach !== undefined) this.#abort({ kind: "gate", message: state.breach });
  }

  /** Resolves when the state is so, or the session is over. */
  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo() && !this.#queue.ended)
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
  }

  /** Ends the session at once, from this side. */
  #abort(failure: HarnessFailure): void {
    this.#fault ??= failure;
    this.#gate?.giveUp();
    void this.#server?.kill();
  }

  async #finish(failure: HarnessFailure): Promise<void> {
    await this.#inbox;
    const why = this.#fault ?? (this.#closing ? undefined : failure);
    this.#translate({ method: "ended", ...(why && { failure: why }) });
    this.#closing = true;
    await this.#gate?.close();
    this.#queue.end({ type: "closed", ...(why && { failure: why }) });
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Interrupts what is at work: the root's turn and its sub-agents'. Calls that wait at the gate are given up. */
  async #stopTurns(): Promise<void> {
    const { server, state } = this.#running();
    this.#translate({ method: "stopping" });
    await Promise.all(
      [...state.active].map(([threadId, turnId]) =>
        server.request("turn/interrupt", { threadId, turnId }, anything).catch(() => {}),
      ),
    );
    this.#gate?.giveUp();
  }

  /** Ends the commands that an interrupted turn leaves behind: Codex lets them run on. */
  async #clean(threadId: string): Promise<void> {
    if (this.#closing) return;
    try {
      await this.#server?.request("thread/backgroundTerminals/clean", { threadId }, anything);
      if (await endToolProcesses(this.#options.marker)) return;
    } catch {
      // What can't be ended singly is ended with everything else.
    }
    if (!this.#closing)
      this.#abort({ kind: "other", message: "A command outlived the interrupt; the session was ended." });
  }

  /** The gate's side of the hook. */
  async #ask(told: unknown, signal: AbortSignal): Promise<GateAnswer> {
    const hook = hookInputSchema.parse(told);
    const call = await toolCallOf(hook, this.#lent);
    await this.#told();
    const answer = await this.#options.authorize(call, signal);
    if (answer.effect === "allow" && !signal.aborted)
      this.#translate({ method: "allowed", call: call.id, thread: hook.agent_id, model: hook.model });
    return answer;
  }

  /** Resolves when what Codex said so far has reached whoever reads the events. */
  async #told(): Promise<void> {
    await this.#inbox;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }

  /** Answers what Codex asks beside the gate: at once, and never with more than the gate allowed. */
  async #answer({ method, params }: IncomingRequest): Promise<unknown> {
    switch (method) {
      case "item/tool/call":
        return this.#callTool(params);
      case "mcpServer/elicitation/request": {
        const kind = elicitationSchema.safeParse(params).data?._meta?.codex_approval_kind;
        // Such a call has passed the hook; one that had not would end the session as a breach.
        const allowed = kind === "mcp_tool_call" && (this.#state?.calls.size ?? 0) > 0;
        return { action: allowed ? "accept" : "decline", content: allowed ? {} : null, _meta: null };
      }
      case "item/commandExecution/requestApproval":
      case "item/fileChange/requestApproval":
        // An accepted command would leave the sandbox.
        return { decision: "decline" };
      case "item/permissions/requestApproval":
        return { permissions: {}, scope: "turn" };
      case "item/tool/requestUserInput":
        return { answers: {} };
      default:
        throw methodNotFound(method);
    }
  }

  async #callTool(params: unknown): Promise<unknown> {
    const { callId: id, tool, arguments: input } = toolRequestSchema.parse(params);
    await this.#told();
    if (!this.#state?.allowed.has(id)) {
      this.#abort({ kind: "gate", message: `Codex passed the gate by: it called ${tool} without asking.` });
      return outcome(false, "The call was not allowed.");
    }
    if (!this.#lent.has(tool)) return outcome(false, `There is no tool ${tool} in this session any more.`);
    try {
      const { ok, text } = await this.#options.callTool({ id, tool, input });
      return outcome(ok, text);
    } catch (cause) {
      return outcome(false, cause instanceof Error ? cause.message : String(cause));
    }
  }
}

/** What a person says, as Codex takes it. */
const inputOf = (text: string, images: readonly ImageContent[] = []) => [
  ...images.map(({ type, data }) => ({ type: "image", url: `data:${type};base64,${data}` })),
  { type: "text", text, text_elements: [] },
];

function outcome(success: boolean, text: string) {
  return { contentItems: [{ type: "inputText", text }], success };
}
