import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Answer } from "./answers.ts";
import type { ModelRequest, ToolCall } from "./conversation.ts";
import { describeUnmatched, findCue } from "./cue.ts";
import type { Failure, Scenario, Usage } from "./scenario.ts";
import { type Fitted, fitTool, fitWaiting } from "./tools.ts";
import type { AnswerWriter } from "./wires/wire.ts";

/** What one request is answered with. */
export interface Reply {
  readonly cue: { readonly part: string; readonly index: number } | undefined;
  readonly problem: string | undefined;
  readonly usage: Usage;
  readonly id: string;
  readonly delaySeconds: number;
  /** What has to fail first, in order; each as often as it says. Counted under `failureKey`. */
  readonly failures: readonly Failure[];
  readonly failureKey: string;
  readonly reasons: readonly string[];
  readonly text: Answer["text"];
  readonly calls: readonly ToolCall[];
}

/** What a request without tools is told when no part asks for such requests (a title, a summary). */
const asideText = "A rehearsed answer";

/** Decides what to answer, from the scenario and the request alone. */
export function composeReply(scenario: Scenario, request: ModelRequest): Reply {
  const cue = findCue(scenario, request);
  const key = [
    request.wire,
    request.conversation || JSON.stringify([request.model, request.system, request.entries[0]]),
    request.entries.length,
  ];
  const id = createHash("sha256")
    .update(JSON.stringify([scenario.name, ...key]))
    .digest("hex")
    .slice(0, 24);
  const base = {
    cue: cue && { part: cue.part.name, index: cue.index },
    problem: undefined,
    usage: cue?.part.usage ?? scenario.usage,
    id,
    delaySeconds: 0,
    failures: [],
    failureKey: JSON.stringify([...key, cue?.part.name, cue?.index, cue?.anchor]),
    reasons: [],
    text: undefined,
    calls: [],
  };
  const callsOf = (fitted: readonly Fitted[]) =>
    fitted.flatMap((each, at): ToolCall[] =>
      each.kind === "missing" ? [] : [{ id: `${id}_${at}`, tool: each.tool, input: each.input }],
    );

  if (cue === undefined) {
    if (request.tools.length === 0) return { ...base, text: asideText };
    const problem = describeUnmatched(scenario, request);
    return { ...base, problem, text: problem };
  }
  const waiting = fitWaiting(request);
  if (waiting !== undefined) return { ...base, calls: callsOf([waiting]) };

  const { answer } = cue;
  const fitted = answer.calls.map((step) => fitTool(step, request));
  const searching = fitted.find((each) => each.kind === "search");
  if (searching !== undefined) return { ...base, calls: callsOf([searching]) };
  const missing = fitted.flatMap((each) => (each.kind === "missing" ? [each.wanted] : []));
  const problem =
    missing.length === 0
      ? undefined
      : `The client offers no tool for ${missing.join(", ")} (it offers ${request.tools.map((tool) => tool.name).join(", ") || "none"}).`;
  return {
    ...base,
    ...answer,
    calls: callsOf(fitted),
    problem,
    text: problem ?? answer.text,
  };
}

/**
 * Writes an answer, in its own time. Rejects when `signal` aborts.
 *
 * @param cut breaks off in the middle: half of the text is said and nothing after it
 */
export async function recite(
  reply: Reply,
  writer: AnswerWriter,
  cut: boolean,
  signal: AbortSignal,
): Promise<object> {
  writer.open();
  if (!cut || reply.text !== undefined) for (const reason of reply.reasons) writer.reason(reason);
  if (reply.text !== undefined) {
    const text = writer.say();
    if (typeof reply.text === "string") {
      const pieces = reply.text.match(/.{1,24}/gsu) ?? [];
      for (const piece of cut ? pieces.slice(0, Math.ceil(pieces.length / 2)) : pieces) text.piece(piece);
    } else {
      const { text: tick, times = Number.POSITIVE_INFINITY, everyMs } = reply.text;
      for (let told = 0; told < (cut ? Math.ceil(Math.min(times, 2) / 2) : times); told++) {
        if (told > 0) await pause(everyMs, undefined, { signal });
        text.piece(tick);
      }
    }
    if (!cut) text.end();
  }
  if (cut) return {};
  for (const call of reply.calls) writer.call(call);
  return writer.close();
}
