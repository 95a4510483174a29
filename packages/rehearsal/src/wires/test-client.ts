import { z } from "zod";
import type { Wire } from "../scenario.ts";

/** What a test asks, in no wire's words. `called` with its `result` stands for one answer that called a tool. */
export type Turn = { user: string } | { said: string } | { called: string; result: string };

export interface Ask {
  readonly turns: readonly Turn[];
  readonly system?: string;
  readonly tools?: readonly string[];
  readonly stream?: boolean;
  readonly conversation?: string;
}

/** What a client of the wire makes of an answer. */
export interface Told {
  readonly text: string;
  readonly thought: string;
  readonly calls: readonly { readonly name: string; readonly input: unknown }[];
  readonly usage: { readonly input: number; readonly cached: number; readonly output: number };
}

interface TestClient {
  readonly path: string;
  body(ask: Ask): object;
  /** Reads the data of the events of a streamed answer. */
  ofEvents(events: readonly unknown[]): Told;
  /** Reads the body of an answer that was asked for as a whole. */
  ofWhole(body: unknown): Told;
}

const usageOfMessages = z.object({
  input_tokens: z.number(),
  cache_read_input_tokens: z.number(),
  cache_creation_input_tokens: z.number(),
});
const messageEvent = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("message_start"),
    message: z.object({ model: z.string(), usage: usageOfMessages }),
  }),
  z.object({
    type: z.literal("content_block_start"),
    index: z.number(),
    content_block: z.object({ type: z.string(), name: z.string().default("") }),
  }),
  z.object({
    type: z.literal("content_block_delta"),
    index: z.number(),
    delta: z.object({
      text: z.string().default(""),
      thinking: z.string().default(""),
      partial_json: z.string().default(""),
    }),
  }),
  z.object({ type: z.literal("content_block_stop"), index: z.number() }),
  z.object({
    type: z.literal("message_delta"),
    delta: z.object({ stop_reason: z.enum(["end_turn", "tool_use"]) }),
    usage: z.object({ output_tokens: z.number() }),
  }),
  z.object({ type: z.literal("message_stop") }),
]);
const wholeMessage = z.object({
  type: z.literal("message"),
  stop_reason: z.enum(["end_turn", "tool_use"]),
  usage: usageOfMessages.extend({ output_tokens: z.number() }),
  content: z.array(
    z.discriminatedUnion("type", [
      z.object({ type: z.literal("text"), text: z.string() }),
      z.object({ type: z.literal("thinking"), thinking: z.string() }),
      z.object({ type: z.literal("tool_use"), id: z.string(), name: z.string(), input: z.unknown() }),
    ]),
  ),
});

const anthropic: TestClient = {
  path: "/v1/messages?beta=true",
  body: ({ turns, system = "", tools = [], stream = true, conversation }) => ({
    model: "claude-sonnet-4-5",
    max_tokens: 100,
    stream,
    metadata: { user_id: conversation },
    system: [{ type: "text", text: system }],
    tools: tools.map((name) => ({ name, input_schema: { type: "object", properties: {} } })),
    messages: turns.flatMap((turn): object[] => {
      if ("user" in turn) return [{ role: "user", content: [{ type: "text", text: turn.user }] }];
      if ("said" in turn) return [{ role: "assistant", content: [{ type: "text", text: turn.said }] }];
      return [
        { role: "assistant", content: [{ type: "tool_use", id: "t", name: turn.called, input: {} }] },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: "t", content: turn.result, is_error: true }],
        },
      ];
    }),
  }),
  ofEvents(data) {
    const events = z.array(messageEvent).parse(data);
    const started = events.flatMap((each) => (each.type === "content_block_start" ? [each] : []));
    const deltas = events.flatMap((each) => (each.type === "content_block_delta" ? [each] : []));
    const said = (index: number, field: "text" | "thinking" | "partial_json") =>
      deltas.reduce((text, each) => text + (each.index === index ? each.delta[field] : ""), "");
    const [first] = events;
    const final = events.at(-2);
    if (
      first?.type !== "message_start" ||
      final?.type !== "message_delta" ||
      events.at(-1)?.type !== "message_stop"
    )
      throw new Error("the stream does not begin and end as the protocol wants it");
    return this.ofWhole({
      type: "message",
      stop_reason: final.delta.stop_reason,
      usage: { ...first.message.usage, ...final.usage },
      content: started.map(({ index, content_block: { type, name } }) => {
        if (type !== "tool_use")
          return { type, text: said(index, "text"), thinking: said(index, "thinking") };
        return { type, name, id: "", input: JSON.parse(said(index, "partial_json")) };
      }),
    });
  },
  ofWhole(body) {
    const { content, usage, stop_reason } = wholeMessage.parse(body);
    const calls = content.flatMap((each) =>
      each.type === "tool_use" ? [{ name: each.name, input: each.input }] : [],
    );
    if (stop_reason !== (calls.length > 0 ? "tool_use" : "end_turn"))
      throw new Error(`stopped by ${stop_reason}`);
    return {
      text: content.reduce((text, each) => text + (each.type === "text" ? each.text : ""), ""),
      thought: content.reduce((text, each) => text + (each.type === "thinking" ? each.thinking : ""), ""),
      calls,
      usage: {
        input: usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens,
        cached: usage.cache_read_input_tokens,
        output: usage.output_tokens,
      },
    };
  },
};

const outputItem = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("message"),
    role: z.literal("assistant"),
    content: z.array(z.object({ type: z.literal("output_text"), text: z.string() })),
  }),
  z.object({
    type: z.literal("reasoning"),
    encrypted_content: z.string(),
    summary: z.array(z.object({ text: z.string() })),
  }),
  z.object({
    type: z.literal("function_call"),
    call_id: z.string(),
    name: z.string(),
    namespace: z.string().optional(),
    arguments: z.string(),
  }),
  z.object({ type: z.literal("custom_tool_call"), call_id: z.string(), name: z.string(), input: z.string() }),
  z.object({
    type: z.literal("tool_search_call"),
    call_id: z.string(),
    arguments: z.object({ query: z.string() }),
  }),
]);
const wholeResponse = z.object({
  object: z.literal("response"),
  status: z.literal("completed"),
  output: z.array(outputItem),
  usage: z.object({
    input_tokens: z.number(),
    input_tokens_details: z.object({ cached_tokens: z.number() }),
    output_tokens: z.number(),
    output_tokens_details: z.object({ reasoning_tokens: z.number() }),
    total_tokens: z.number(),
  }),
});
const responseEvent = z.object({
  type: z.string(),
  sequence_number: z.number(),
  delta: z.string().optional(),
  response: z.unknown().optional(),
});

const responses: TestClient = {
  path: "/v1/responses",
  body: ({ turns, system = "", tools = [], stream = true, conversation }) => ({
    model: "gpt-5.2-codex",
    stream,
    prompt_cache_key: conversation,
    tools: tools.map((name) => ({ type: "function", name, parameters: { type: "object", properties: {} } })),
    input: [
      { type: "message", role: "developer", content: [{ type: "input_text", text: system }] },
      ...turns.flatMap((turn): object[] => {
        if ("user" in turn)
          return [{ type: "message", role: "user", content: [{ type: "input_text", text: turn.user }] }];
        if ("said" in turn)
          return [
            { type: "message", role: "assistant", content: [{ type: "output_text", text: turn.said }] },
          ];
        return [
          { type: "function_call", call_id: "c", name: turn.called, arguments: "{}" },
          { type: "function_call_output", call_id: "c", output: turn.result },
        ];
      }),
    ],
  }),
  ofEvents(data) {
    const events = z.array(responseEvent).parse(data);
    if (events.some((each, at) => each.sequence_number !== at))
      throw new Error("the events are not numbered in order");
    const told = this.ofWhole(events.at(-1)?.response);
    const deltas = events
      .filter((each) => each.type === "response.output_text.delta")
      .map(({ delta }) => delta);
    if (deltas.join("") !== told.text) throw new Error("the deltas are not the text");
    return told;
  },
  ofWhole(body) {
    const { output, usage } = wholeResponse.parse(body);
    return {
      text: output
        .flatMap((each) => (each.type === "message" ? each.content.map(({ text }) => text) : []))
        .join(""),
      thought: output
        .flatMap((each) => (each.type === "reasoning" ? each.summary.map(({ text }) => text) : []))
        .join(""),
      calls: output.flatMap((each): Told["calls"] => {
        if (each.type === "custom_tool_call") return [{ name: each.name, input: each.input }];
        if (each.type === "tool_search_call") return [{ name: each.type, input: each.arguments }];
        if (each.type !== "function_call") return [];
        const name = each.namespace === undefined ? each.name : `${each.namespace}.${each.name}`;
        return [{ name, input: JSON.parse(each.arguments) }];
      }),
      usage: {
        input: usage.input_tokens,
        cached: usage.input_tokens_details.cached_tokens,
        output: usage.output_tokens,
      },
    };
  },
};

const toolCall = z.object({
  id: z.string(),
  function: z.object({ name: z.string(), arguments: z.string() }),
});
const usageOfChat = z.object({
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  prompt_tokens_details: z.object({ cached_tokens: z.number() }),
});
const chatMessage = z.object({
  content: z.string().nullish(),
  reasoning_content: z.string().optional(),
  tool_calls: z.array(toolCall).default([]),
});
const wholeChat = z.object({
  object: z.literal("chat.completion"),
  choices: z.tuple([z.object({ message: chatMessage, finish_reason: z.enum(["stop", "tool_calls"]) })]),
  usage: usageOfChat,
});
const chatChunk = z.object({
  object: z.literal("chat.completion.chunk"),
  choices: z.array(z.object({ delta: chatMessage, finish_reason: z.string().nullable() })),
  usage: usageOfChat.optional(),
});

const chat: TestClient = {
  path: "/v1/chat/completions",
  body: ({ turns, system = "", tools = [], stream = true, conversation }) => ({
    model: "qwen3-coder",
    stream,
    stream_options: { include_usage: true },
    prompt_cache_key: conversation,
    tools: tools.map((name) => ({ type: "function", function: { name, parameters: { properties: {} } } })),
    messages: [
      { role: "system", content: system },
      ...turns.flatMap((turn): object[] => {
        if ("user" in turn) return [{ role: "user", content: turn.user }];
        if ("said" in turn) return [{ role: "assistant", content: turn.said }];
        const call = { id: "c", type: "function", function: { name: turn.called, arguments: "{}" } };
        return [
          { role: "assistant", content: null, tool_calls: [call] },
          { role: "tool", tool_call_id: "c", content: turn.result },
        ];
      }),
    ],
  }),
  ofEvents(data) {
    if (data.at(-1) !== "[DONE]") throw new Error("the stream does not end with [DONE]");
    const chunks = z.array(chatChunk).parse(data.slice(0, -1));
    const choices = chunks.flatMap((each) => each.choices);
    return this.ofWhole({
      object: "chat.completion",
      usage: chunks.at(-1)?.usage,
      choices: [
        {
          finish_reason: choices.at(-1)?.finish_reason,
          message: {
            content: choices.map(({ delta }) => delta.content ?? "").join(""),
            reasoning_content: choices.map(({ delta }) => delta.reasoning_content ?? "").join(""),
            tool_calls: choices.flatMap(({ delta }) => delta.tool_calls),
          },
        },
      ],
    });
  },
  ofWhole(body) {
    const { choices, usage } = wholeChat.parse(body);
    const [{ message }] = choices;
    return {
      text: message.content ?? "",
      thought: message.reasoning_content ?? "",
      calls: message.tool_calls.map((each) => ({
        name: each.function.name,
        input: JSON.parse(each.function.arguments),
      })),
      usage: {
        input: usage.prompt_tokens,
        cached: usage.prompt_tokens_details.cached_tokens,
        output: usage.completion_tokens,
      },
    };
  },
};

/** Strict clients of the three wires, for the tests. */
export const testClients: Readonly<Record<Wire, TestClient>> = { anthropic, responses, chat };
