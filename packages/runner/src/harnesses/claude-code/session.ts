import { randomUUID } from "node:crypto";
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
import type { z } from "zod";
import { type EventQueue, eventQueue } from "../../process/event-queue.ts";
import { readJsonLines, writeLine } from "../../process/json-lines.ts";
import { type ChildTree, spawnTree } from "../../process/spawn.ts";
import { findMarked, sweepMarker } from "../../process/sweep.ts";
import { answerMcp } from "./lent-tools.ts";
import { isMetered } from "./metered.ts";
import { objection, prepare, routeOf, type Start } from "./settings.ts";
import { LENT_SERVER, toolCallOf } from "./tool-call.ts";
import {
  callAnswered,
  callAsked,
  ended,
  initialState,
  interruptAsked,
  promptWritten,
  type State,
  steerWritten,
  type Told,
  type Turn,
  translate,
} from "./translate.ts";
import {
  hookCallback,
  initialized,
  type Line,
  mcpMessage,
  permissionQuestion,
  readLine,
  settingsInForce,
} from "./wire.ts";

/** The program answers within a second; a machine may be busy. */
const HANDSHAKE_LIMIT_MS = 60_000;
/** How long the program may take to stop a turn before it is killed. */
const INTERRUPT_LIMIT_MS = 10_000;
/** How long an idle program may take to end by itself when its stdin closes. */
const FAREWELL_MS = 1_000;
/** Lines that are no JSON before the program counts as broken. */
const GARBAGE_LIMIT = 20;
/** The hook waits this long for the gate: longer than a session lives. */
const GATE_LIMIT_SECONDS = 7 * 86_400;

/** Starts the program and holds it against what the gate needs, before anything is asked of it. */
export async function openSession(options: OpenOptions): Promise<Opened> {
  const prepared = await prepare(options);
  if (!prepared.ok) return prepared;
  const { start } = prepared;
  const { installation, cwd, marker, confinement } = options;
  const spawned = await spawnTree({
    command: installation.path,
    args: start.args,
    cwd,
    env: { ...start.environment },
    marker,
    ...(confinement && { confinement }),
  });
  if (!spawned.ok) {
    const kind = spawned.reason.kind === "missing-binary" ? "missing" : "other";
    return { ok: false, failure: { kind, message: spawned.reason.message } };
  }
  const session = new ClaudeCodeSession(options, start, spawned.tree);
  const failure = await session.shakeHands();
  if (!failure) return { ok: true, session };
  await session.close();
  return { ok: false, failure };
}

type Answered = { ok: true; value: unknown } | { ok: false; message: string };

/** One process of the program, from its start to its end. */
class ClaudeCodeSession implements HarnessSession {
  readonly events: AsyncIterable<HarnessEvent>;
  readonly #options: OpenOptions;
  readonly #start: Start;
  readonly #tree: ChildTree;
  readonly #queue: EventQueue<HarnessEvent> = eventQueue();
  /** Settles when the process and all it started are gone. */
  readonly #over: Promise<void>;
  /** Our requests that wait for the program's answer. */
  readonly #asked = new Map<string, (answer: Answered) => void>();
  /** Calls that wait at the gate, by the program's request. */
  readonly #atGate = new Map<string, AbortController>();
  /** Lent calls that the gate allowed and that were not carried out yet. */
  readonly #lentAllowed = new Set<string>();
  /** Resolves when the program knows the lent tools. */
  readonly #toolsKnown = Promise.withResolvers<void>();
  /** Processes of the session that are no commands of the turn: the program itself, and the user's tool servers. */
  #lasting: ReadonlySet<number>;
  /** The clearing away of an interrupted turn's commands; the next turn starts after it. */
  #cleared: Promise<unknown> = Promise.resolve();
  #state: State = initialState(null);
  #turnOver = Promise.withResolvers<void>();
  #garbage = 0;
  /** Why the session ends, once it is clear; undefined when it was asked to. */
  #failure: HarnessFailure | undefined;
  #closing: Promise<void> | undefined;
  readonly #closingBegan = Promise.withResolvers<void>();

  constructor(options: OpenOptions, start: Start, tree: ChildTree) {
    this.#options = options;
    this.#start = start;
    this.#tree = tree;
    this.#lasting = new Set([tree.pid]);
    this.events = this.#queue.events;
    this.#over = this.#read();
  }

  /** The first exchange. Answers why the session can't be used, if so; the caller then closes it. */
  async shakeHands(): Promise<HarnessFailure | undefined> {
    const { tools, systemPrompt, provider, installation } = this.#options;
    const hooks = {
      PreToolUse: [{ hookCallbackIds: ["gate"], timeout: GATE_LIMIT_SECONDS, onFailure: "block" }],
    };
    const hello = await this.#ask(
      {
        subtype: "initialize",
        hooks,
        ...(tools.length > 0 && { sdkMcpServers: [LENT_SERVER] }),
        ...(systemPrompt !== undefined && { appendSystemPrompt: systemPrompt }),
      },
      HANDSHAKE_LIMIT_MS,
    );
    const settings = hello.ok ? await this.#ask({ subtype: "get_settings" }, HANDSHAKE_LIMIT_MS) : hello;
    if (!hello.ok || !settings.ok) return this.#startFailure(settings.ok ? "" : settings.message);
    const program = initialized.safeParse(hello.value);
    const inForce = settingsInForce.safeParse(settings.value);
    if (!program.success || !inForce.success)
      return {
        kind: "crashed",
        message: "Claude Code answered the first requests in words that are not known.",
      };
    if (!program.data.hook_on_failure_supported)
      return {
        kind: "gate",
        message: `Claude Code ${installation.version} lets calls pass when its hook fails. Update it: npm install --global @anthropic-ai/claude-code`,
      };
    const objected = objection(inForce.data, provider);
    if (objected) return objected;
    if (tools.length > 0 && !(await within(HANDSHAKE_LIMIT_MS, this.#toolsKnown.promise)))
      return { kind: "other", message: "Claude Code did not ask for the tools that Tutti lends." };

    const model = inForce.data.applied?.model ?? null;
    const { account } = program.data;
    const route = routeOf(inForce.data, this.#options, account?.apiProvider ?? undefined);
    this.#state = initialState(model, isMetered(account, route));
    this.#queue.push({
      type: "opened",
      nativeId: this.#start.nativeId,
      version: installation.version,
      model,
      route,
    });
    this.#options.signal?.addEventListener("abort", this.#abort);
    if (this.#options.signal?.aborted) this.#abort();
    return undefined;
  }

  async prompt({ id, text, images, model }: Prompt): Promise<void> {
    await this.#cleared;
    if (this.#options.userMcpServers)
      this.#lasting = new Set([this.#tree.pid, ...(await findMarked(this.#options.marker))]);
    // A turn that nobody started is let end first; the program works on one thing at a time.
    while (this.#state.turn?.origin === "background") await this.#turnOver.promise;
    const running = this.#turn();
    if (running) throw new Error(`turn ${running.id} still runs`);
    if (this.#queue.ended || this.#closing) throw new Error("the session has ended");
    const changed = model !== undefined && model !== this.#state.model;
    const line = randomUUID();
    this.#apply(promptWritten(this.#state, { id, line, model: model ?? this.#state.model }));
    if (changed) {
      const switched = await this.#ask({ subtype: "set_model", model }, HANDSHAKE_LIMIT_MS);
      if (this.#turn()?.id !== id) return;
      if (!switched.ok)
        return this.#apply(ended(this.#state, { kind: "model", message: `${model}: ${switched.message}` }));
    }
    if (this.#turn()?.interrupted) return this.#apply(ended(this.#state, undefined));
    await this.#writeUser(line, text, images);
  }

  async steer(text: string, images?: readonly ImageContent[]): Promise<boolean> {
    const { turn } = this.#state;
    if (!turn || turn.interrupted || this.#closing) return false;
    const line = randomUUID();
    this.#state = steerWritten(this.#state, line);
    return this.#writeUser(line, text, images);
  }

  async interrupt(): Promise<void> {
    const { turn } = this.#state;
    if (!turn) return;
    const over = this.#turnOver.promise;
    this.#state = interruptAsked(this.#state);
    for (const waiting of this.#atGate.values()) waiting.abort(new Error("the turn was interrupted"));
    void this.#ask({ subtype: "interrupt", cancel_queued: true }, INTERRUPT_LIMIT_MS);
    for (const task of this.#state.background)
      void this.#ask({ subtype: "stop_task", task_id: task }, INTERRUPT_LIMIT_MS);
    if (!(await within(INTERRUPT_LIMIT_MS, over)))
      return this.#end({ kind: "crashed", message: "Claude Code did not stop its turn, and was killed." });
    // The program tells of the end before its commands are gone, and does not reach what left their group.
    if (!this.#closing) this.#cleared = sweepMarker(this.#options.marker, { spare: this.#lasting });
    await this.#cleared;
  }

  close(): Promise<void> {
    return this.#end(undefined);
  }

  readonly #abort = () => void this.close();

  /** Ends the process and everything it started. The first reason given is the one that is told. */
  #end(failure: HarnessFailure | undefined): Promise<void> {
    this.#closing ??= (async () => {
      this.#closingBegan.resolve();
      this.#failure ??= failure;
      if (!failure) this.#state = interruptAsked(this.#state);
      for (const waiting of this.#atGate.values()) waiting.abort(new Error("the session is closed"));
      const idle = this.#state.turn === undefined && failure === undefined && this.#queue.ended === false;
      this.#tree.stdin.end();
      if (idle) await within(FAREWELL_MS, this.#tree.exited);
      await this.#tree.kill({ graceMs: idle ? FAREWELL_MS : 0 });
      await this.#over;
    })();
    return this.#closing;
  }

  async #read(): Promise<void> {
    for await (const line of readJsonLines(this.#tree.stdout)) {
      if (line.kind === "value") this.#hear(line.value);
      else this.#hearGarbage(line.text);
      // What a closing session still says is let through: nobody may be there to read it.
      await Promise.race([this.#queue.room(), this.#closingBegan.promise]);
    }
    const { code, signal } = await this.#tree.exited;
    if (!this.#closing) this.#failure ??= this.#obituary(code, signal);
    for (const waiting of this.#atGate.values()) waiting.abort(new Error("the program has ended"));
    for (const answer of this.#asked.values()) answer({ ok: false, message: "Claude Code has ended." });
    this.#asked.clear();
    this.#apply(ended(this.#state, this.#failure));
    this.#options.signal?.removeEventListener("abort", this.#abort);
    this.#queue.end({ type: "closed", ...(this.#failure && { failure: this.#failure }) });
    this.#turnOver.resolve();
  }

  #hear(value: unknown): void {
    const line = readLine(value);
    if (!line || this.#failure) return;
    if (line.type === "control_response") {
      const { request_id, subtype, response, error } = line.response;
      const answer = this.#asked.get(request_id);
      this.#asked.delete(request_id);
      answer?.(
        subtype === "success" ? { ok: true, value: response } : { ok: false, message: error ?? subtype },
      );
    } else if (line.type === "control_cancel_request")
      this.#atGate.get(line.request_id)?.abort(new Error("Claude Code withdrew the call"));
    else if (line.type === "control_request") void this.#answer(line);
    else this.#apply(translate(this.#state, line));
  }

  #hearGarbage(text: string): void {
    if (this.#closing) return;
    this.#garbage += 1;
    this.#queue.push({ type: "notice", level: "warning", text: `Claude Code wrote: ${text.slice(0, 200)}` });
    if (this.#garbage < GARBAGE_LIMIT) return;
    void this.#end({ kind: "crashed", message: `Claude Code speaks garbage: ${text.slice(0, 200)}` });
  }

  #apply({ state, events, breach }: Told): void {
    const ran = this.#state.turn;
    this.#state = state;
    for (const event of events) this.#queue.push(event);
    if (ran && state.turn?.id !== ran.id) {
      this.#turnOver.resolve();
      this.#turnOver = Promise.withResolvers();
    }
    if (breach !== undefined) this.#breach(breach);
  }

  /** The gate can't be trusted any more: nothing of the session goes on. */
  #breach(what: string): void {
    const failure: HarnessFailure = { kind: "gate", message: `Claude Code passed by the gate: ${what}.` };
    this.#failure ??= failure;
    this.#apply(ended(this.#state, failure));
    void this.#end(failure);
  }

  async #answer({ request_id, request }: Extract<Line, { type: "control_request" }>): Promise<void> {
    const reply = (response: object) =>
      this.#write({ type: "control_response", response: { subtype: "success", request_id, response } });
    const hook = hookCallback.safeParse(request).data;
    if (hook) return void (await reply(await this.#gate(request_id, hook)));
    const question = permissionQuestion.safeParse(request).data;
    if (question) return void (await reply(this.#permission(question)));
    const mcp = mcpMessage.safeParse(request).data;
    if (mcp) {
      const { tools, callTool } = this.#options;
      const lent = {
        tools,
        take: (call: string) => this.#lentAllowed.delete(call),
        carryOut: callTool,
        listed: this.#toolsKnown.resolve,
      };
      return void (await reply({ mcp_response: await answerMcp(mcp.message, lent) }));
    }
    const error = `Tutti does not answer ${request.subtype}`;
    await this.#write({ type: "control_response", response: { subtype: "error", request_id, error } });
  }

  async #gate(request: string, hook: z.infer<typeof hookCallback>): Promise<object> {
    const call = await toolCallOf(hook, request, this.#options.cwd);
    const waiting = new AbortController();
    this.#atGate.set(request, waiting);
    this.#apply(callAsked(this.#state, call.id, request));
    if (this.#state.turn?.interrupted) waiting.abort(new Error("the turn was interrupted"));
    let answer: GateAnswer;
    try {
      answer = waiting.signal.aborted
        ? { effect: "deny", reason: "The turn was interrupted." }
        : await this.#options.authorize(call, waiting.signal);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      answer = { effect: "deny", reason: `The gate gave no answer: ${why}` };
    }
    this.#atGate.delete(request);
    const allowed = answer.effect === "allow" && !waiting.signal.aborted && !this.#closing;
    // A call whose turn has ended meanwhile is answered, and tells nothing more.
    if (this.#state.calls.get(call.id) === "asked")
      this.#apply(callAnswered(this.#state, call.id, allowed ? "allow" : "deny"));
    if (allowed && call.kind === "lent") this.#lentAllowed.add(call.id);
    const reason = answer.effect === "deny" ? answer.reason : "The turn was interrupted.";
    return {
      hookSpecificOutput: {
        hookEventName: "PreToolUse",
        permissionDecision: allowed ? "allow" : "deny",
        ...(!allowed && { permissionDecisionReason: reason }),
      },
    };
  }

  /** What the gate allowed is allowed; a question about a call that the gate never saw means that the hook is off. */
  #permission({ tool_use_id, tool_name, input }: z.infer<typeof permissionQuestion>): object {
    const known = this.#state.calls.get(tool_use_id);
    if (known === "allowed") return { behavior: "allow", updatedInput: input };
    if (known === undefined)
      this.#breach(`${tool_name} asked for permission without having come to the gate`);
    return { behavior: "deny", message: "The call did not pass the gate." };
  }

  /** The turn that runs now, whatever was known of it before something was waited for. */
  #turn(): Turn | undefined {
    return this.#state.turn;
  }

  /** Resolves also when no answer comes. */
  async #ask(request: object, limitMs: number): Promise<Answered> {
    const id = randomUUID();
    const answered = Promise.withResolvers<Answered>();
    this.#asked.set(id, answered.resolve);
    const timer = setTimeout(() => {
      this.#asked.delete(id);
      answered.resolve({ ok: false, message: "Claude Code gave no answer." });
    }, limitMs);
    if (!(await this.#write({ type: "control_request", request_id: id, request }))) {
      this.#asked.delete(id);
      answered.resolve({ ok: false, message: "Claude Code has ended." });
    }
    return answered.promise.finally(() => clearTimeout(timer));
  }

  #writeUser(uuid: string, text: string, images: readonly ImageContent[] = []): Promise<boolean> {
    // A prompt is words for the model: a leading slash would be a command of the program.
    const words = text.startsWith("/") ? ` ${text}` : text;
    const content =
      images.length === 0
        ? words
        : [
            ...images.map(({ type, data }) => ({
              type: "image",
              source: { type: "base64", media_type: type, data },
            })),
            { type: "text", text: words },
          ];
    return this.#write({ type: "user", uuid, parent_tool_use_id: null, message: { role: "user", content } });
  }

  #write(line: object): Promise<boolean> {
    return writeLine(this.#tree.stdin, line);
  }

  /** Ends what did not start well, and answers why it didn't. */
  async #startFailure(message: string): Promise<HarnessFailure> {
    await this.#end(undefined);
    return this.#failure ?? { kind: "crashed", message };
  }

  #obituary(code: number | null, signal: NodeJS.Signals | null): HarnessFailure {
    const said = this.#tree.stderrTail().trim();
    const kind = /No conversation found/.test(said) ? "other" : "crashed";
    const how = signal ? `was ended by ${signal}` : `ended with code ${code}`;
    return { kind, message: `Claude Code ${how}${said === "" ? "." : `: ${said}`}` };
  }
}

async function within(milliseconds: number, event: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  try {
    return await Promise.race([event.then(() => true), over]);
  } finally {
    clearTimeout(timer);
  }
}
