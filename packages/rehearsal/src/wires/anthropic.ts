import { z } from "zod";
import type { Entry, ModelRequest, OfferedTool } from "../conversation.ts";
import { announcedTools, wordsInReminders, wordsOfUser, wordsPassedOn } from "../injected-text.ts";
import type { Answering, AnswerWriter, Emit, WireProtocol } from "./wire.ts";

const textBlock = z.object({ type: z.literal("text"), text: z.string() });
const otherBlock = z.object({ type: z.string() });
const texts = z.union([z.string(), z.array(z.union([textBlock, otherBlock]))]);

const block = z.union([
  textBlock,
  z.object({ type: z.literal("tool_use"), name: z.string() }),
  z.object({ type: z.literal("tool_result"), content: texts.optional() }),
  otherBlock,
]);

const messagesRequest = z.object({
  model: z.string(),
  stream: z.boolean().default(false),
  system: texts.optional(),
  metadata: z.object({ user_id: z.string().nullish() }).nullish(),
  messages: z.array(
    z.object({
      role: z.enum(["user", "assistant", "system"]),
      content: z.union([z.string(), z.array(block)]),
    }),
  ),
  tools: z
    .array(
      z.object({
        name: z.string(),
        input_schema: z.object({ properties: z.record(z.string(), z.unknown()).optional() }).optional(),
      }),
    )
    .default([]),
});

type Message = z.infer<typeof messagesRequest>["messages"][number];

/** Anthropic Messages. */
export const anthropic: WireProtocol = { path: "/v1/messages", read, write, refusal };

function read(body: unknown): ModelRequest {
  const { model, stream, system, metadata, messages, tools } = messagesRequest.parse(body);
  const inMessages = messages
    .filter((message) => message.role === "system")
    .map((message) => joined(message.content));
  const said = messages
    .filter((message) => message.role !== "assistant")
    .map((message) => joined(message.content));
  const offered = tools.map(
    ({ name, input_schema }): OfferedTool => ({
      name,
      form: "object",
      fields: Object.keys(input_schema?.properties ?? {}),
    }),
  );
  const announced = said
    .flatMap(announcedTools)
    .filter((name) => !offered.some((tool) => tool.name === name))
    .map((name): OfferedTool => ({ name, form: "object", fields: [] }));
  return {
    wire: "anthropic",
    model,
    stream,
    conversation: metadata?.user_id ?? "",
    system: [joined(system), ...inMessages].filter((text) => text !== "").join("\n\n"),
    entries: messages.flatMap(entriesOf),
    tools: [...offered, ...announced],
  };
}

function entriesOf({ role, content }: Message): Entry[] {
  if (role === "system") return wordsPassedOn(joined(content)).map((text) => ({ from: "user", text }));
  if (role === "assistant") {
    const calls =
      typeof content === "string" ? [] : content.flatMap((part) => ("name" in part ? [part.name] : []));
    return [{ from: "model", text: joined(content), calls }];
  }
  const blocks = typeof content === "string" ? [{ type: "text" as const, text: content }] : content;
  return blocks.flatMap((part): Entry[] => {
    if ("text" in part) return wordsOfUser(part.text).map((text) => ({ from: "user", text }));
    if (part.type !== "tool_result") return [];
    const text = joined("content" in part ? part.content : undefined);
    return [
      { from: "tool", text },
      ...wordsInReminders(text).map((words): Entry => ({ from: "user", text: words })),
    ];
  });
}

function joined(content: Message["content"] | undefined): string {
  if (content === undefined || typeof content === "string") return content ?? "";
  return content.flatMap((part) => ("text" in part ? [part.text] : [])).join("\n\n");
}

function write({ request, usage, id }: Answering, emit: Emit): AnswerWriter {
  const content: object[] = [];
  let stopReason = "end_turn";
  const send = (type: string, data: object) => emit({ type, ...data }, type);
  const message = {
    id: `msg_${id}`,
    type: "message",
    role: "assistant",
    model: request.model,
    stop_sequence: null,
  };
  const reported = {
    input_tokens: usage.input - usage.cached,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: usage.cached,
  };
  const start = (block: object) =>
    send("content_block_start", { index: content.length, content_block: block });
  const delta = (change: object) => send("content_block_delta", { index: content.length, delta: change });
  const stop = (block: object) => {
    send("content_block_stop", { index: content.length });
    content.push(block);
  };
  return {
    open: () =>
      send("message_start", {
        message: { ...message, content: [], stop_reason: null, usage: { ...reported, output_tokens: 1 } },
      }),
    reason(thinking) {
      const signature = Buffer.from(thinking).toString("base64");
      start({ type: "thinking", thinking: "", signature: "" });
      delta({ type: "thinking_delta", thinking });
      delta({ type: "signature_delta", signature });
      stop({ type: "thinking", thinking, signature });
    },
    say() {
      let text = "";
      start({ type: "text", text: "" });
      return {
        piece(piece) {
          text += piece;
          delta({ type: "text_delta", text: piece });
        },
        end: () => stop({ type: "text", text }),
      };
    },
    call({ id, tool, input }) {
      const use = { type: "tool_use", id: `toolu_${id}`, name: tool.name };
      const json = JSON.stringify(input);
      const middle = json.length >> 1;
      stopReason = "tool_use";
      start({ ...use, input: {} });
      delta({ type: "input_json_delta", partial_json: json.slice(0, middle) });
      delta({ type: "input_json_delta", partial_json: json.slice(middle) });
      stop({ ...use, input });
    },
    close() {
      send("message_delta", {
        delta: { stop_reason: stopReason, stop_sequence: null },
        usage: { output_tokens: usage.output },
      });
      send("message_stop", {});
      return {
        ...message,
        content,
        stop_reason: stopReason,
        usage: { ...reported, output_tokens: usage.output },
      };
    },
  };
}

function refusal(status: number, message: string): object {
  return { type: "error", error: { type: errorTypes.get(status) ?? "api_error", message } };
}

const errorTypes = new Map([
  [400, "invalid_request_error"],
  [401, "authentication_error"],
  [403, "permission_error"],
  [404, "not_found_error"],
  [413, "request_too_large"],
  [429, "rate_limit_error"],
  [529, "overloaded_error"],
]);
