import { readFile } from "node:fs/promises";
import type { HarnessEvent } from "@tutti/core";
import { describe, expect, test } from "vitest";
import { ended, started, type TurnState, translate, turnState } from "./translate.ts";
import { piLineSchema, readQuestion } from "./wire.ts";

/** Plays what a real Pi wrote; every call that it asks for is allowed. */
async function play(fixture: string): Promise<{ state: TurnState; events: HarnessEvent[] }> {
  const text = await readFile(new URL(`./fixtures/${fixture}.jsonl`, import.meta.url), "utf8");
  let state = turnState("turn-1");
  const events: HarnessEvent[] = [];
  for (const line of text.trim().split("\n")) {
    const { data } = piLineSchema.safeParse(JSON.parse(line));
    if (!data || data.type === "response") continue;
    const question = data.type === "extension_ui_request" && readQuestion(data.placeholder ?? "");
    const translated = question ? started(state, question.id) : translate(state, data);
    state = translated.state;
    events.push(...translated.events);
  }
  return { state, events };
}

const usage = {
  type: "usage",
  usage: {
    model: "claude-sonnet-4-5",
    input: 1000,
    cacheRead: 200,
    cacheWrite: 0,
    output: 56,
    costUsd: expect.closeTo(0.0039, 6),
    costSource: "list",
  },
};
const call = expect.stringMatching(/^toolu_/);

describe("what a real Pi wrote", () => {
  test("a turn with a tool call", async () => {
    const { state, events } = await play("tool-call");
    expect(events).toEqual([
      { type: "delta", item: "turn-1/1.0", kind: "message", text: "I will run a command." },
      { type: "message", item: "turn-1/1.0", text: "I will run a command." },
      usage,
      { type: "tool.started", call },
      { type: "tool.finished", call, ok: true, output: "hello\n" },
      { type: "delta", item: "turn-1/2.0", kind: "message", text: "shell: ok" },
      { type: "message", item: "turn-1/2.0", text: "shell: ok" },
      usage,
    ]);
    expect(ended(state, "settled")).toEqual([{ type: "turn.ended", turn: "turn-1", status: "completed" }]);
  });

  test("a thought before the answer", async () => {
    const { events } = await play("reasoning");
    expect(events).toEqual([
      { type: "delta", item: "turn-1/1.0", kind: "reasoning", text: "One thought before the answer." },
      { type: "delta", item: "turn-1/1.1", kind: "message", text: "reason: ok" },
      { type: "reasoning", item: "turn-1/1.0", text: "One thought before the answer." },
      { type: "message", item: "turn-1/1.1", text: "reason: ok" },
      usage,
    ]);
  });

  test("a service that refuses twice: the harness's own tries are told, and the turn completes", async () => {
    const { state, events } = await play("retry");
    const tries = events.flatMap((event) => (event.type === "notice" ? [event.text] : []));
    expect(tries).toEqual([
      expect.stringContaining("again in 2 s (1 of 3)"),
      expect.stringContaining("again in 4 s (2 of 3)"),
    ]);
    expect(ended(state, "settled")).toEqual([{ type: "turn.ended", turn: "turn-1", status: "completed" }]);
  });

  test("a command that an interrupt ended", async () => {
    const { state, events } = await play("interrupt");
    expect(events).toEqual([
      usage,
      { type: "tool.started", call },
      { type: "tool.finished", call, ok: false, output: "Command aborted" },
    ]);
    expect(ended(state, { interrupted: true })).toEqual([
      { type: "turn.ended", turn: "turn-1", status: "interrupted" },
    ]);
  });
});

describe("how a turn ends", () => {
  const last = { model: "m", stopReason: "error" };

  test.for([
    ['529 {"type":"error","error":{"type":"overloaded_error"}}', "overloaded"],
    ["openai API error (429): rate_limit_exceeded", "overloaded"],
    ["429: You exceeded your current quota (insufficient_quota)", "usage-limit"],
    ["You have hit your ChatGPT usage limit (plus plan).", "usage-limit"],
    ['401 {"type":"error","error":{"type":"authentication_error"}}', "not-logged-in"],
    ["No API key found for anthropic.\n\nUse /login to log into a provider.", "not-logged-in"],
    ['404: {"message":"model not found"}', "model"],
    ["400: the prompt is too long", "other"],
    ["terminated", "overloaded"],
    ["Connection error.", "overloaded"],
    ["something else", "other"],
  ] as const)("%s means %s", ([errorMessage, kind]) => {
    const state = { ...turnState("turn-1"), last: { ...last, errorMessage } };
    expect(ended(state, "settled")).toEqual([
      { type: "turn.ended", turn: "turn-1", status: "failed", failure: { kind, message: errorMessage } },
    ]);
  });

  test("what still runs is ended with it", () => {
    const { state } = started(turnState("turn-1"), "call-1");
    expect(ended(state, { failure: { kind: "crashed", message: "gone" } })).toEqual([
      { type: "tool.finished", call: "call-1", ok: false, output: expect.any(String) },
      {
        type: "turn.ended",
        turn: "turn-1",
        status: "failed",
        failure: { kind: "crashed", message: "gone" },
      },
    ]);
  });

  test("a turn without an answer has failed", () => {
    expect(ended(turnState("turn-1"), "settled")).toMatchObject([{ status: "failed" }]);
  });
});

test("an output of any length is told in 64 KB", () => {
  const { state } = started(turnState("turn-1"), "call-1");
  const { events } = translate(state, {
    type: "tool_execution_end",
    toolCallId: "call-1",
    toolName: "bash",
    result: { content: [{ type: "text", text: "x".repeat(20_000_000) }] },
    isError: false,
  });
  expect(JSON.stringify(events).length).toBeLessThan(66_000);
});

test("a price that nobody knows is unknown", () => {
  const { events } = translate(turnState("turn-1"), {
    type: "message_end",
    message: {
      role: "assistant",
      content: [],
      model: "model-of-my-own",
      usage: { input: 10, output: 1, cacheRead: 0, cacheWrite: 0, cost: { total: 0 } },
      stopReason: "stop",
    },
  });
  expect(events).toMatchObject([{ type: "usage", usage: { costUsd: null, costSource: "unknown" } }]);
});
