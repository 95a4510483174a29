import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Answer } from "./answers.ts";
import type { ModelRequest, ToolCall } from "./conversation.ts";
import { describeUnmatched, findCue } from "./cue.ts";
import type { Failure, Scenario, Ticks, Usage } from "./scenario.ts";
import { type Fitted, fitTool, fitWaiting } from "./tools.ts";
import type { AnswerWriter } from "./wires/wire.ts";

/** What one request is answered with. */
export interface Reply {
  readonly cue: { readonly part: string; readonly index: number } | undefined;
  /** One line on why the answer is not the scenario's. */
  readonly problem: string | undefined;
  readonly usage: Usage;
  /** Names the request: another one has another id, the same one sent again has the same. */
  readonly id: string;
  readonly delaySeconds: number;
  /** What has to fail first, in order; each as often as it says. */
  readonly failures: readonly Failure[];
  readonly reasons: readonly string[];
  readonly text: Answer["text"];
  readonly calls: readonly ToolCall[];
}

/** What a request without tools is told when no part asks for such requests (a title, a summary). */
const asideText = "A rehearsed answer";

/** Decides what to answer, from the scenario and the request alone. */
export function composeReply(scenario: Scenario, request: ModelRequest): Reply {
  const { wire, conversation, system, entries, tools } = request;
  const cue = findCue(scenario, request);
  const id = createHash("sha256")
    .update(JSON.stringify([scenario.name, wire, conversation, system, entries]))
    .digest("hex")
    .slice(0, 24);
  const said = {
    cue: cue && { part: cue.part.name, index: cue.index },
    problem: undefined,
    usage: cue?.part.usage ?? scenario.usage,
    id,
    delaySeconds: 0,
    failures: [],
    reasons: [],
    text: undefined,
    calls: [],
  };
  const calling = (fitted: readonly Fitted[]) =>
    fitted.flatMap((each, at): ToolCall[] =>
      each.kind === "missing" ? [] : [{ id: `${id}_${at}`, tool: each.tool, input: each.input }],
    );

  if (cue === undefined) {
    if (tools.length === 0) return { ...said, text: asideText };
    const problem = describeUnmatched(scenario, request);
    return { ...said, problem, text: problem };
  }
  const waiting = fitWaiting(request);
  if (waiting !== undefined) return { ...said, calls: calling([waiting]) };

  const fitted = cue.answer.calls.map((step) => fitTool(step, request));
  const searching = fitted.find((each) => each.kind === "search");
  if (searching !== undefined) return { ...said, calls: calling([searching]) };
  const missing = fitted.flatMap((each) => (each.kind === "missing" ? [each.wanted] : []));
  if (missing.length > 0) {
    const offered = tools.map((tool) => tool.name).join(", ");
    const problem = `The client offers no tool for ${missing.join(", ")}; it offers ${offered || "none"}.`;
    return { ...said, problem, text: problem };
  }
  return { ...said, ...cue.answer, calls: calling(fitted) };
}

const pieceLength = 24;

/**
 * Writes an answer, in its own time, and returns the whole of it; undefined when it was broken off. Rejects when
 * `signal` aborts.
 *
 * @param cut breaks off in the middle: half of the text is said, and nothing after it
 */
export async function recite(
  reply: Reply,
  writer: AnswerWriter,
  cut: boolean,
  signal: AbortSignal,
): Promise<object | undefined> {
  const { reasons, text, calls } = reply;
  writer.open();
  for (const reason of reasons) writer.reason(reason);
  if (text !== undefined) {
    const speech = writer.say();
    let left = cut ? piecesInHalf(text) : Number.POSITIVE_INFINITY;
    for await (const piece of pieces(text, signal)) {
      if (left-- <= 0) break;
      speech.piece(piece);
    }
    if (!cut) speech.end();
  }
  if (cut) return undefined;
  for (const call of calls) writer.call(call);
  return writer.close();
}

async function* pieces(text: string | Ticks, signal: AbortSignal): AsyncGenerator<string> {
  if (typeof text === "string") {
    yield* text.match(new RegExp(`.{1,${pieceLength}}`, "gsu")) ?? [];
    return;
  }
  for (let told = 0; told < (text.times ?? Number.POSITIVE_INFINITY); told++) {
    if (told > 0) await pause(text.everyMs, undefined, { signal });
    yield text.text;
  }
}

function piecesInHalf(text: string | Ticks): number {
  return Math.ceil((typeof text === "string" ? text.length / pieceLength : (text.times ?? 1)) / 2);
}
