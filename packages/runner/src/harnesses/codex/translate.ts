import { boundText, type HarnessEvent, type HarnessFailure } from "@tutti/core";
import { turnFailure } from "./failure.ts";
import { usageOf } from "./price.ts";
import type { Item, Notification, Tokens, TurnError } from "./wire.ts";

/** Everything that translation remembers. `translate` alone changes it. */
export interface State {
  /** The session's own thread. Others are its sub-agents'. */
  readonly root: string;
  /** The turn that is open, in Tutti's words. It lasts until its sub-agents have ended, too. */
  turn: string | undefined;
  /** Whether what is used is paid for by use, and not by a plan. */
  readonly metered: boolean;
  /** A turn that was asked for and has not begun. */
  asked: { turn: string; model: string } | undefined;
  /** How the root's turn ended, while sub-agents go on. */
  end: TurnEnd | undefined;
  /** Threads at work, with their turns' ids in Codex's words. */
  readonly active: Map<string, string>;
  /** What the gate allowed, in this session. */
  readonly allowed: Set<string>;
  /** Of these, the calls that have not finished. */
  readonly calls: Map<string, Call>;
  readonly models: Map<string, string>;
  readonly totals: Map<string, Tokens>;
  /** The last error that Codex tried to get over by itself. */
  retried: TurnError | undefined;
  /** What it warned of. It does so again in every turn. */
  readonly warnings: Set<string>;
  /** What was seen to pass the gate by. */
  breach: string | undefined;
  /** The turn was told to stop: what has not finished by now does not finish well. */
  stopping: boolean;
}

interface Call {
  thread: string;
  started: boolean;
  /** Whether Codex tells of it as an item. Some calls are told of by their hook alone. */
  told: boolean;
}

type TurnEnd = { status: "completed" | "interrupted" } | { status: "failed"; failure: HarnessFailure };

/** What there is to translate: Codex's notifications, and what happened on this side. */
export type Said =
  | Notification
  /** Codex took a prompt. */
  | { method: "asked"; turn: string; model: string }
  /** It did not, after all. */
  | { method: "refused"; turn: string }
  | { method: "allowed"; call: string; thread: string | undefined; model: string | undefined }
  /** The turn is about to be interrupted. */
  | { method: "stopping" }
  /** The program has ended: on purpose, or by a failure. */
  | { method: "ended"; failure?: HarnessFailure };

export function initialState(root: string, model: string, { metered }: Pick<State, "metered">): State {
  return {
    root,
    metered,
    turn: undefined,
    asked: undefined,
    end: undefined,
    active: new Map(),
    allowed: new Set(),
    calls: new Map(),
    models: new Map([[root, model]]),
    totals: new Map(),
    retried: undefined,
    warnings: new Set(),
    breach: undefined,
    stopping: false,
  };
}

const OUTPUT_LIMIT = 64 * 1024;
const INTERRUPT_KEY = "\u0003";

/** Items that are tool calls, all of which pass the hook first. */
type CallItem = Extract<
  Item,
  {
    type:
      | "commandExecution"
      | "fileChange"
      | "mcpToolCall"
      | "dynamicToolCall"
      | "collabAgentToolCall"
      | "webSearch"
      | "imageGeneration";
  }
>;

/** The events that follow from something said. Does nothing but that, and keeps what it knows in `state`. */
export function translate(said: Said, state: State): HarnessEvent[] {
  switch (said.method) {
    case "asked":
      state.asked = { turn: said.turn, model: said.model };
      return [];
    case "refused":
      if (state.asked?.turn === said.turn) state.asked = undefined;
      return [];
    case "allowed": {
      const thread = said.thread ?? state.root;
      if (said.model !== undefined) state.models.set(thread, said.model);
      state.allowed.add(said.call);
      state.calls.set(said.call, { thread, started: false, told: false });
      return [];
    }
    case "stopping":
      state.stopping = true;
      return [];
    case "thread/started": {
      const { id, model } = said.params.thread;
      if (model) state.models.set(id, model);
      return [];
    }
    case "turn/started":
      return turnStarted(said.params.threadId, said.params.turn.id, state);
    case "turn/completed":
      return turnCompleted(said.params.threadId, said.params.turn, state);
    case "item/started": {
      const { item } = said.params;
      return isCall(item) ? callStarted(item, state) : [];
    }
    case "item/completed": {
      const { item, threadId } = said.params;
      return isCall(item) ? callCompleted(item, state) : told(item, threadId, state);
    }
    case "item/agentMessage/delta":
      return [{ type: "delta", item: said.params.itemId, kind: "message", text: said.params.delta }];
    case "item/reasoning/summaryTextDelta":
    case "item/reasoning/textDelta":
      return [{ type: "delta", item: said.params.itemId, kind: "reasoning", text: said.params.delta }];
    case "item/commandExecution/terminalInteraction": {
      const { stdin, itemId } = said.params;
      if (stdin !== "" && stdin !== INTERRUPT_KEY)
        breached(`text was typed into the running command ${itemId}`, state);
      return [];
    }
    case "hook/completed":
      return hookCompleted(said.params.run, state);
    case "thread/tokenUsage/updated": {
      const { threadId, tokenUsage } = said.params;
      return [...finishUntold(threadId, state), ...used(threadId, tokenUsage, state)];
    }
    case "model/rerouted": {
      const { threadId, fromModel, toModel } = said.params;
      state.models.set(threadId, toModel);
      return [{ type: "notice", level: "warning", text: `Served by ${toModel} instead of ${fromModel}.` }];
    }
    case "error": {
      const { error, willRetry } = said.params;
      if (!willRetry) return [];
      state.retried = error;
      return [{ type: "notice", level: "warning", text: turnFailure(error).message }];
    }
    case "warning": {
      const { message: text } = said.params;
      if (state.warnings.has(text)) return [];
      state.warnings.add(text);
      return [{ type: "notice", level: "warning", text }];
    }
    case "ended":
      return ended(said.failure, state);
  }
}

function turnStarted(thread: string, nativeTurn: string, state: State): HarnessEvent[] {
  state.active.set(thread, nativeTurn);
  if (thread !== state.root) return [];
  const { asked } = state;
  if (asked) {
    state.models.set(thread, asked.model);
    state.asked = undefined;
  }
  // A root that its sub-agents wake goes on with the turn that was kept open for them.
  state.end = undefined;
  if (state.turn !== undefined) return [];
  state.turn = asked?.turn ?? nativeTurn;
  state.stopping = false;
  state.retried = undefined;
  const model = state.models.get(thread);
  return [
    {
      type: "turn.started",
      turn: state.turn,
      origin: asked ? "prompt" : "background",
      ...(model !== undefined && { model }),
    },
  ];
}

function turnCompleted(
  thread: string,
  { id, status, error }: { id: string; status: string; error?: TurnError | null | undefined },
  state: State,
): HarnessEvent[] {
  if (state.active.get(thread) === id) state.active.delete(thread);
  const events = finishAll(thread, status === "completed", state);
  if (thread === state.root) state.end = endOf(status, error, state);
  else if (status === "interrupted" && state.end?.status === "completed") state.end = { status };
  return [...events, ...closeTurn(state)];
}

function endOf(status: string, error: TurnError | null | undefined, state: State): TurnEnd {
  if (status === "completed" || status === "interrupted") return { status };
  return { status: "failed", failure: turnFailure(error, state.retried) };
}

/** Ends the open turn when nothing of it goes on. */
function closeTurn(state: State): HarnessEvent[] {
  const { turn, end } = state;
  if (turn === undefined || end === undefined || state.active.size > 0) return [];
  state.turn = undefined;
  state.end = undefined;
  return [{ type: "turn.ended", turn, ...end }];
}

function ended(failure: HarnessFailure | undefined, state: State): HarnessEvent[] {
  const events: HarnessEvent[] = [];
  if (state.asked && state.turn === undefined) {
    const { turn, model } = state.asked;
    events.push({ type: "turn.started", turn, origin: "prompt", model });
    state.turn = turn;
  }
  state.asked = undefined;
  state.active.clear();
  for (const thread of new Set([...state.calls.values()].map((call) => call.thread)))
    events.push(...finishAll(thread, false, state));
  state.end = failure ? { status: "failed", failure } : { status: "interrupted" };
  return [...events, ...closeTurn(state)];
}

function isCall(item: Item): item is CallItem {
  return !["agentMessage", "reasoning", "contextCompaction"].includes(item.type);
}

function callStarted(item: CallItem, state: State): HarnessEvent[] {
  if (!passed(item, state)) return [];
  const call = state.calls.get(item.id);
  if (call) call.told = true;
  return start(item.id, state);
}

function callCompleted(item: CallItem, state: State): HarnessEvent[] {
  if (!passed(item, state) || !state.calls.has(item.id)) return [];
  const { ok, output } = resultOf(item);
  return [...start(item.id, state), finish(item.id, ok, output, state)];
}

function passed(item: CallItem, state: State): boolean {
  if (state.allowed.has(item.id)) return true;
  breached(`the tool call ${item.id} (${item.type}) started without having passed the gate`, state);
  return false;
}

function hookCompleted(run: { id: string; eventName: string; status: string }, state: State): HarnessEvent[] {
  if (run.eventName !== "preToolUse" || run.status === "blocked") return [];
  const id = run.id.slice(run.id.lastIndexOf(":") + 1);
  if (run.status === "completed" && state.allowed.has(id)) return start(id, state);
  breached(`the gate's hook ended as "${run.status}" for the tool call ${id}`, state);
  return [];
}

function breached(what: string, state: State): void {
  state.breach ??= `Codex passed the gate by: ${what}.`;
}

function start(id: string, state: State): HarnessEvent[] {
  const call = state.calls.get(id);
  if (!call || call.started) return [];
  call.started = true;
  return [{ type: "tool.started", call: id }];
}

function finish(id: string, ok: boolean, output: string, state: State): HarnessEvent {
  state.calls.delete(id);
  return { type: "tool.finished", call: id, ok, output: boundText(output, OUTPUT_LIMIT).text };
}

/** A thread's model is asked again only when its calls have been answered: those that have no item are over by then. */
function finishUntold(thread: string, state: State): HarnessEvent[] {
  return [...state.calls].flatMap(([id, call]) =>
    call.thread === thread && call.started && !call.told
      ? [finish(id, !state.stopping, state.stopping ? "(interrupted)" : "", state)]
      : [],
  );
}

/** A thread's turn is over: what still runs goes on behind it, or was interrupted; what never started is dropped. */
function finishAll(thread: string, ok: boolean, state: State): HarnessEvent[] {
  return [...state.calls].flatMap(([id, call]) => {
    if (call.thread !== thread) return [];
    if (call.started) {
      const output = call.told ? (ok ? "(goes on in the background)" : "(interrupted)") : "";
      return [finish(id, ok, output, state)];
    }
    state.calls.delete(id);
    return [];
  });
}

function resultOf(item: CallItem): { ok: boolean; output: string } {
  const ok = !("status" in item) || item.status === "completed";
  switch (item.type) {
    case "commandExecution": {
      const code = item.exitCode == null || item.exitCode === 0 ? "" : `\n(exit code ${item.exitCode})`;
      return { ok, output: `${item.aggregatedOutput ?? ""}${code}` };
    }
    case "fileChange":
      return { ok, output: item.changes.map(({ kind, path }) => `${kind.type} ${path}`).join("\n") };
    case "mcpToolCall":
      return { ok, output: item.error?.message ?? (item.result?.content ?? []).map(textOf).join("\n") };
    case "dynamicToolCall":
      return {
        ok: ok && item.success !== false,
        output: (item.contentItems ?? []).map(({ text }) => text ?? "").join("\n"),
      };
    case "collabAgentToolCall":
      return { ok, output: JSON.stringify(item.agentsStates ?? {}) };
    case "webSearch":
    case "imageGeneration":
      return { ok, output: "" };
  }
}

function textOf(content: unknown): string {
  const isText = typeof content === "object" && content !== null && "text" in content;
  return isText && typeof content.text === "string" ? content.text : JSON.stringify(content);
}

/** Words of the model, and what else is told of a thread. */
function told(item: Exclude<Item, CallItem>, thread: string, state: State): HarnessEvent[] {
  if (item.type === "contextCompaction")
    return [{ type: "notice", level: "info", text: "The conversation was compacted." }];
  const text =
    item.type === "agentMessage" ? item.text : item.summary.join("\n\n") || item.content.join("\n\n");
  if (text === "") return [];
  const agent = thread === state.root ? {} : { agent: thread };
  return [{ type: item.type === "agentMessage" ? "message" : "reasoning", item: item.id, text, ...agent }];
}

/** What was used since the last time. A resumed thread tells its total once before anything is used. */
function used(
  thread: string,
  { total, last }: { total: Tokens; last: Tokens },
  state: State,
): HarnessEvent[] {
  const before = state.totals.get(thread);
  state.totals.set(thread, total);
  const model = state.models.get(thread) ?? state.models.get(state.root);
  if (!state.active.has(thread) || model === undefined) return [];
  const more = before ? difference(total, before) : last;
  const any = more.inputTokens + more.outputTokens > 0;
  return any ? [{ type: "usage", usage: usageOf(model, more, state.metered) }] : [];
}

function difference(total: Tokens, before: Tokens): Tokens {
  const since = (field: keyof Tokens) => Math.max(0, total[field] - before[field]);
  return {
    inputTokens: since("inputTokens"),
    cachedInputTokens: since("cachedInputTokens"),
    cacheWriteInputTokens: since("cacheWriteInputTokens"),
    outputTokens: since("outputTokens"),
  };
}
