import { boundText, type HarnessEvent, type HarnessFailure, type Usage } from "@tutti/core";
import { failureOfTurn } from "./failures.ts";
import { priceOf } from "./price.ts";
import type { AssistantMessage, PiEvent, PiUsage } from "./wire.ts";

const OUTPUT_LIMIT = 64 * 1024 - 1024;

/** What of a turn's past its next line is read by. */
export interface TurnState {
  readonly turn: string;
  /** Whether what is used is paid for by use, and not by a plan. */
  readonly metered: boolean;
  /** Answers of the model that have begun. */
  readonly answers: number;
  /** The last answer that is whole. */
  readonly last?: Pick<AssistantMessage, "model" | "stopReason" | "errorMessage">;
  /** Calls that passed the gate and have not finished. */
  readonly running: ReadonlySet<string>;
}

export interface Translated {
  state: TurnState;
  events: HarnessEvent[];
}

export function turnState(turn: string, metered = true): TurnState {
  return { turn, metered, answers: 0, running: new Set() };
}

/** A call passed the gate. */
export function started(state: TurnState, call: string): Translated {
  return {
    state: { ...state, running: new Set([...state.running, call]) },
    events: [{ type: "tool.started", call }],
  };
}

/** What a line of Pi's means in a turn. Lines that the session answers itself mean nothing here. */
export function translate(state: TurnState, line: PiEvent): Translated {
  switch (line.type) {
    case "message_start":
      return line.message.role === "assistant"
        ? { state: { ...state, answers: state.answers + 1 }, events: [] }
        : { state, events: [] };
    case "message_update": {
      const { type, contentIndex, delta } = line.assistantMessageEvent;
      const kind = type === "text_delta" ? "message" : type === "thinking_delta" ? "reasoning" : undefined;
      if (!kind || contentIndex === undefined || !delta) return { state, events: [] };
      return { state, events: [{ type: "delta", item: itemId(state, contentIndex), kind, text: delta }] };
    }
    case "message_end": {
      const { message } = line;
      if (!isAnswer(message)) return { state, events: [] };
      const { model, stopReason, errorMessage } = message;
      return {
        state: { ...state, last: { model, stopReason, ...(errorMessage !== undefined && { errorMessage }) } },
        events: [...said(state, message), ...used(state, message.responseModel ?? model, message.usage)],
      };
    }
    case "tool_execution_end": {
      const { toolCallId: call, toolName, isError } = line;
      const output = line.result.content.flatMap((part) => ("text" in part ? [part.text] : [])).join("\n");
      if (!state.running.has(call)) return { state, events: [] };
      const running = new Set([...state.running].filter((each) => each !== call));
      const text = output === "" && isError ? `${toolName} failed` : boundText(output, OUTPUT_LIMIT).text;
      return {
        state: { ...state, running },
        events: [{ type: "tool.finished", call, ok: !isError, output: text }],
      };
    }
    case "auto_retry_start": {
      const { attempt, maxAttempts, delayMs, errorMessage } = line;
      const text = `The model's service failed (${errorMessage}). Pi tries again in ${delayMs / 1000} s (${attempt} of ${maxAttempts}).`;
      return { state, events: [{ type: "notice", level: "warning", text }] };
    }
    case "compaction_start":
      return notice(state, "info", `Pi shortens its history (${line.reason}).`);
    case "compaction_end": {
      const { result, errorMessage } = line;
      const events = state.last && result?.usage ? used(state, state.last.model, result.usage) : [];
      if (errorMessage !== undefined)
        events.push({
          type: "notice",
          level: "warning",
          text: `Pi could not shorten its history: ${errorMessage}`,
        });
      return { state, events };
    }
    case "extension_error":
      return notice(state, "warning", `An extension of Pi failed at ${line.event}: ${line.error}`);
    default:
      return { state, events: [] };
  }
}

/** The events that end a turn. What still runs has been ended with it. */
export function ended(
  { turn, running, last }: TurnState,
  how: { interrupted: true } | { failure: HarnessFailure } | "settled",
): HarnessEvent[] {
  const events: HarnessEvent[] = [...running].map((call) => ({
    type: "tool.finished",
    call,
    ok: false,
    output: "The turn ended before the call did.",
  }));
  const failure = how === "settled" ? failureOfLast(last) : "failure" in how ? how.failure : undefined;
  const interrupted = how === "settled" ? last?.stopReason === "aborted" : "interrupted" in how;
  if (failure) events.push({ type: "turn.ended", turn, status: "failed", failure });
  else events.push({ type: "turn.ended", turn, status: interrupted ? "interrupted" : "completed" });
  return events;
}

function failureOfLast(last: TurnState["last"]): HarnessFailure | undefined {
  if (!last) return { kind: "other", message: "Pi ended the turn without an answer of the model." };
  return last.stopReason === "error"
    ? failureOfTurn(last.errorMessage ?? "The model's service failed without a word.")
    : undefined;
}

function said(state: TurnState, { content }: AssistantMessage): HarnessEvent[] {
  return content.flatMap((part, index): HarnessEvent[] => {
    const item = itemId(state, index);
    if ("text" in part && part.text !== "") return [{ type: "message", item, text: part.text }];
    if ("thinking" in part && part.thinking !== "") return [{ type: "reasoning", item, text: part.thinking }];
    return [];
  });
}

function used({ metered }: TurnState, model: string, usage: PiUsage): HarnessEvent[] {
  const { input, output, cacheRead, cacheWrite } = usage;
  if (input + output + cacheRead + cacheWrite === 0) return [];
  const entry: Usage = { model, input, output, cacheRead, cacheWrite, ...priceOf(model, usage, metered) };
  return [{ type: "usage", usage: entry }];
}

function notice(state: TurnState, level: "info" | "warning", text: string): Translated {
  return { state, events: [{ type: "notice", level, text }] };
}

/** Pi's messages have no ids: an item is known by its turn, answer and place. */
function itemId({ turn, answers }: TurnState, index: number): string {
  return `${turn}/${answers}.${index}`;
}

function isAnswer(message: { role: string }): message is AssistantMessage {
  return message.role === "assistant" && "content" in message;
}
