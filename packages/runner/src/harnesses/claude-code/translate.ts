/**
 * From Claude Code's lines to the events of the contract. Everything here is a pure function from a state and something
 * that happened to the next state and the events that tell of it.
 */
import { boundText, type HarnessEvent, type HarnessFailure } from "@tutti/core";
import { addCounted, type Counted, restOfRound, usageOfCall } from "./usage.ts";
import type { CallUsage, Line, ModelUsage, ResultLine, ToolResultBlock } from "./wire.ts";

const OUTPUT_LIMIT = 64 * 1024;

export interface Turn {
  readonly id: string;
  readonly origin: "prompt" | "background";
  /** The line that carried the prompt, and whether the program has begun to work on it. */
  readonly line: string | undefined;
  readonly begun: boolean;
  readonly interrupted: boolean;
}

/** Where a call stands: at the gate, allowed (it runs), or denied. A call is forgotten when its result is in. */
type CallState = "asked" | "allowed" | "denied";

export interface State {
  readonly turn: Turn | undefined;
  readonly model: string | null;
  /** Whether what is used is paid for by use, and not by a plan. */
  readonly metered: boolean;
  readonly calls: ReadonlyMap<string, CallState>;
  /** Lines for the running turn that were written, and that the program has neither begun to work on nor dropped. */
  readonly steers: ReadonlySet<string>;
  /** Whether the program tells what becomes of lines at all. */
  readonly tellsOfLines: boolean;
  /** The message that streams, and the item of each of its blocks. */
  readonly streaming: { readonly message: string; readonly items: ReadonlyMap<number, Item> } | undefined;
  /** How many blocks of each kind have been told, by message. */
  readonly told: ReadonlyMap<string, number>;
  /** Cumulative usage by model, for versions that don't say what is new. */
  readonly used: Readonly<Record<string, ModelUsage>>;
  /** The call of a model that streams: who serves it, and what it read. */
  readonly call: { readonly model: string; readonly read: CallUsage } | undefined;
  /** What calls were told of since the last round ended, by the model that served. */
  readonly calledSince: Readonly<Record<string, Counted>>;
  /** What the program said of the request that failed last. */
  readonly failing: string | undefined;
  /** Commands and agents that go on beside the turn. */
  readonly background: readonly string[];
}

interface Item {
  readonly id: string;
  readonly kind: "message" | "reasoning";
}

export interface Told {
  readonly state: State;
  readonly events: readonly HarnessEvent[];
  /** A call was carried out that never passed the gate. */
  readonly breach?: string;
}

export function initialState(model: string | null, metered = true): State {
  return {
    turn: undefined,
    model,
    metered,
    calls: new Map(),
    steers: new Set(),
    tellsOfLines: false,
    streaming: undefined,
    told: new Map(),
    used: {},
    call: undefined,
    calledSince: {},
    failing: undefined,
    background: [],
  };
}

/** A prompt is written to the program. */
export function promptWritten(state: State, turn: { id: string; line: string; model: string | null }): Told {
  const { id, line, model } = turn;
  return {
    state: {
      ...state,
      model,
      failing: undefined,
      turn: { id, line, origin: "prompt", begun: false, interrupted: false },
    },
    events: [{ type: "turn.started", turn: id, origin: "prompt", ...(model !== null && { model }) }],
  };
}

/** Text for the running turn is written to the program. */
export function steerWritten(state: State, line: string): State {
  return { ...state, steers: new Set([...state.steers, line]) };
}

export function interruptAsked(state: State): State {
  return state.turn ? { ...state, turn: { ...state.turn, interrupted: true } } : state;
}

/** A call comes to the gate. `request` names it uniquely, should it be the first thing of a turn that nobody started. */
export function callAsked(state: State, call: string, request: string): Told {
  const within = inTurn(state, request);
  return {
    state: { ...within.state, calls: new Map(within.state.calls).set(call, "asked") },
    events: within.events,
  };
}

export function callAnswered(state: State, call: string, effect: "allow" | "deny"): Told {
  const calls = new Map(state.calls).set(call, effect === "allow" ? "allowed" : "denied");
  return {
    state: { ...state, calls },
    events: effect === "allow" ? [{ type: "tool.started", call }] : [],
  };
}

/** The program is gone, or is about to be killed: what is open ends. */
export function ended(state: State, failure: HarnessFailure | undefined): Told {
  return endTurn(state, failure ? { status: "failed", failure } : { status: "interrupted" });
}

export function translate(state: State, line: Line): Told {
  switch (line.type) {
    case "system":
      return system(state, line);
    case "command_lifecycle":
      return lifecycle(state, line.command_uuid, line.state);
    case "stream_event":
      return streamed(state, line);
    case "assistant":
      return said(state, line);
    case "user":
      return toolResults(state, line);
    case "result":
      return roundEnded(state, line);
    default:
      return { state, events: [] };
  }
}

function system(state: State, line: Extract<Line, { type: "system" }>): Told {
  if (line.subtype === "init")
    return {
      state: {
        ...state,
        model: line.model ?? state.model,
        tellsOfLines: line.capabilities?.includes("msg_lifecycle_v1") ?? false,
      },
      events: [],
    };
  if (line.subtype === "background_tasks_changed")
    return { state: { ...state, background: line.tasks?.map(({ task_id }) => task_id) ?? [] }, events: [] };
  if (line.subtype === "api_retry") {
    const fault = line.error_status ?? line.error ?? "the connection broke";
    const text = `The model's service failed (${fault}); attempt ${line.attempt ?? "?"} of ${line.max_retries ?? "?"}.`;
    return { state, events: [{ type: "notice", level: "warning", text }] };
  }
  if (line.subtype === "compact_boundary")
    return { state, events: [{ type: "notice", level: "info", text: "The conversation was compacted." }] };
  return { state, events: [] };
}

function lifecycle(state: State, uuid: string, became: string): Told {
  const { turn } = state;
  if (turn && uuid === turn.line && became === "started")
    return { state: { ...state, turn: { ...turn, begun: true } }, events: [] };
  // An interrupt that comes before the prompt's round has begun drops the prompt, and no round tells of its end.
  if (turn && uuid === turn.line && became === "cancelled" && !turn.begun)
    return endTurn(state, { status: "interrupted" });
  if (!state.steers.has(uuid) || became === "queued") return { state, events: [] };
  return {
    state: { ...state, steers: new Set([...state.steers].filter((each) => each !== uuid)) },
    events: [],
  };
}

/** Opens a turn that nobody started, when something happens outside of any. */
function inTurn(state: State, id: string): Told {
  if (state.turn) return { state, events: [] };
  const turn: Turn = { id, origin: "background", line: undefined, begun: true, interrupted: false };
  const { model } = state;
  return {
    state: { ...state, turn, failing: undefined },
    events: [{ type: "turn.started", turn: id, origin: "background", ...(model !== null && { model }) }],
  };
}

function streamed(
  state: State,
  { event, uuid, parent_tool_use_id }: Extract<Line, { type: "stream_event" }>,
): Told {
  if (parent_tool_use_id) return { state, events: [] };
  if ("message" in event) {
    const within = inTurn(state, uuid);
    const { id, model, usage } = event.message;
    const call = model && usage ? { model, read: usage } : undefined;
    return {
      ...within,
      state: { ...within.state, call, streaming: { message: id, items: new Map() } },
    };
  }
  if ("usage" in event) return answered(state, event.usage);
  const { streaming } = state;
  if (!streaming) return { state, events: [] };
  if ("content_block" in event) {
    const kind = kindOfBlock(event.content_block.type);
    if (!kind) return { state, events: [] };
    const nth = [...streaming.items.values()].filter((item) => item.kind === kind).length;
    const item: Item = { kind, id: itemId(streaming.message, kind, nth) };
    const items = new Map(streaming.items).set(event.index, item);
    return { state: { ...state, streaming: { ...streaming, items } }, events: [] };
  }
  if (!("delta" in event)) return { state, events: [] };
  const item = streaming.items.get(event.index);
  const text = item?.kind === "message" ? event.delta.text : event.delta.thinking;
  if (!item || !text) return { state, events: [] };
  return { state, events: [{ type: "delta", item: item.id, kind: item.kind, text }] };
}

/** An answer of the model is whole: what its call used is told. */
function answered(state: State, written: CallUsage): Told {
  const { call, turn } = state;
  if (!call || !turn) return { state, events: [] };
  const known = { ...call.read, ...written };
  const tokens = {
    input: known.input_tokens ?? 0,
    cacheRead: known.cache_read_input_tokens ?? 0,
    cacheWrite: known.cache_creation_input_tokens ?? 0,
    output: known.output_tokens ?? 0,
  };
  const usage = usageOfCall(call.model, tokens, state.metered);
  if (!usage) return { state: { ...state, call: undefined }, events: [] };
  return {
    state: { ...state, call: undefined, calledSince: addCounted(state.calledSince, usage) },
    events: [{ type: "usage", usage }],
  };
}

function said(state: State, line: Extract<Line, { type: "assistant" }>): Told {
  const within = inTurn(state, line.uuid);
  if (line.error) return { ...within, state: { ...within.state, failing: line.error } };
  const agent = line.agent_id ?? line.parent_tool_use_id ?? undefined;
  const told = new Map(within.state.told);
  const events = line.message.content.flatMap((block): HarnessEvent[] => {
    const kind = kindOfBlock(block.type);
    if (!kind) return [];
    const key = `${line.message.id} ${kind}`;
    const nth = told.get(key) ?? 0;
    told.set(key, nth + 1);
    const text = "text" in block ? block.text : "thinking" in block ? block.thinking : "";
    if (text === "") return [];
    return [{ type: kind, item: itemId(line.message.id, kind, nth), text, ...(agent && { agent }) }];
  });
  return { state: { ...within.state, told, failing: undefined }, events: [...within.events, ...events] };
}

function kindOfBlock(type: string): Item["kind"] | undefined {
  return type === "text" ? "message" : type === "thinking" ? "reasoning" : undefined;
}

function itemId(message: string, kind: Item["kind"], nth: number): string {
  return `${message}/${kind}-${nth}`;
}

function toolResults(state: State, line: Extract<Line, { type: "user" }>): Told {
  if (typeof line.message.content === "string") return { state, events: [] };
  const calls = new Map(state.calls);
  const events: HarnessEvent[] = [];
  let breach: string | undefined;
  for (const block of line.message.content) {
    if (!("tool_use_id" in block)) continue;
    const call = block.tool_use_id;
    const known = calls.get(call);
    calls.delete(call);
    const output = outputOf(block);
    if (known === "allowed")
      events.push({ type: "tool.finished", call, ok: block.is_error !== true, output });
    else if (known === undefined && wasCarriedOut(block, output, line.tool_result_meta ?? []))
      breach = `the call ${call} was carried out without having passed the gate`;
  }
  return { state: { ...state, calls }, events, ...(breach !== undefined && { breach }) };
}

/** A result that comes for a call which the gate never saw: a refusal of the call by the program itself is harmless. */
function wasCarriedOut(
  block: ToolResultBlock,
  output: string,
  meta: readonly { id: string; non_execution_kind?: string | null | undefined }[],
): boolean {
  if (meta.some(({ id, non_execution_kind }) => id === block.tool_use_id && non_execution_kind)) return false;
  return !(block.is_error && output.startsWith("<tool_use_error>"));
}

function outputOf({ content }: ToolResultBlock): string {
  const text =
    typeof content === "string"
      ? content
      : (content ?? []).map((part) => ("text" in part ? part.text : `[${part.type}]`)).join("\n");
  return boundText(text, OUTPUT_LIMIT).text;
}

function roundEnded(state: State, line: ResultLine): Told {
  const usage = usageOf(state, line);
  const counted = { ...state, used: line.modelUsage, calledSince: {}, call: undefined, streaming: undefined };
  const { turn } = counted;
  if (!turn) return { state: counted, events: usage };
  // A round of the background may end between the writing of a prompt and the round that it starts.
  const another = turn.origin === "prompt" && !turn.begun && line.origin?.kind === "task-notification";
  // Text that came too late for this round starts the next one by itself, within the same turn.
  const goesOn = counted.tellsOfLines && counted.steers.size > 0 && !turn.interrupted;
  if (another || goesOn) return { state: counted, events: usage };
  const end = endTurn(counted, outcomeOf(counted, turn, line));
  return { ...end, events: [...usage, ...end.events] };
}

type Outcome = { status: "completed" | "interrupted" } | { status: "failed"; failure: HarnessFailure };

function outcomeOf(state: State, turn: Turn, line: ResultLine): Outcome {
  const aborted = line.terminal_reason?.startsWith("aborted") ?? false;
  if (turn.interrupted && (line.is_error || aborted)) return { status: "interrupted" };
  if (!line.is_error && line.subtype === "success") return { status: "completed" };
  const message = line.result || line.errors?.join("; ") || `Claude Code ended the turn: ${line.subtype}`;
  const kind = failureKind(line.api_error_status ?? undefined, state.failing, message);
  return { status: "failed", failure: { kind, message } };
}

function failureKind(
  status: number | undefined,
  error: string | undefined,
  message: string,
): HarnessFailure["kind"] {
  if (error === "billing_error" || /usage limit|hit your [\w ]*limit|credit balance/i.test(message))
    return "usage-limit";
  if (
    error === "authentication_failed" ||
    status === 401 ||
    status === 403 ||
    /not logged in|\/login/i.test(message)
  )
    return "not-logged-in";
  if (error === "model_not_found" || status === 404) return "model";
  if (error === "rate_limit" || error === "overloaded" || error === "server_error" || status === 429)
    return "overloaded";
  return status !== undefined && status >= 500 ? "overloaded" : "other";
}

function endTurn(state: State, outcome: Outcome): Told {
  const { turn } = state;
  if (!turn) return { state, events: [] };
  const unfinished = [...state.calls].flatMap(([call, stands]): HarnessEvent[] =>
    stands === "allowed"
      ? [{ type: "tool.finished", call, ok: false, output: "The turn ended before the call did." }]
      : [],
  );
  // A call that ends with its turn stays known: its result may still come, and is no breach.
  const calls = new Map([...state.calls.keys()].map((call) => [call, "denied"] as const));
  return {
    state: { ...state, turn: undefined, calls, steers: new Set(), told: new Map(), streaming: undefined },
    events: [...unfinished, { type: "turn.ended", turn: turn.id, ...outcome }],
  };
}

function usageOf(state: State, line: ResultLine): HarnessEvent[] {
  const round = line.model_usage_since_last_result ?? difference(line.modelUsage, state.used);
  return restOfRound(round, state.calledSince, state.metered).map((usage) => ({ type: "usage", usage }));
}

function difference(
  now: Readonly<Record<string, ModelUsage>>,
  before: Readonly<Record<string, ModelUsage>>,
): Record<string, ModelUsage> {
  return Object.fromEntries(
    Object.entries(now).map(([model, entry]) => {
      const old = before[model];
      if (!old || old.inputTokens > entry.inputTokens || old.outputTokens > entry.outputTokens)
        return [model, entry];
      return [
        model,
        {
          ...entry,
          inputTokens: entry.inputTokens - old.inputTokens,
          outputTokens: entry.outputTokens - old.outputTokens,
          cacheReadInputTokens: Math.max(0, entry.cacheReadInputTokens - old.cacheReadInputTokens),
          cacheCreationInputTokens: Math.max(
            0,
            entry.cacheCreationInputTokens - old.cacheCreationInputTokens,
          ),
          costUSD: Math.max(0, entry.costUSD - old.costUSD),
        },
      ];
    }),
  );
}
