import { z } from "zod";
import type { Entry, ModelRequest, OfferedTool } from "../conversation.ts";
import { wordsOfUser } from "../injected-text.ts";
import { openaiRefusal } from "./openai-refusal.ts";
import type { Answering, AnswerWriter, Emit, WireProtocol } from "./wire.ts";

const content = z.union([z.string(), z.array(z.object({ text: z.string().optional() }))]).nullish();

const message = z.object({
  role: z.string(),
  content,
  tool_calls: z.array(z.object({ function: z.object({ name: z.string() }).optional() })).nullish(),
});

const chatRequest = z.object({
  model: z.string(),
  stream: z.boolean().nullish(),
  prompt_cache_key: z.string().nullish(),
  messages: z.array(message),
  tools: z
    .array(
      z.object({
        function: z.object({
          name: z.string(),
          parameters: z.object({ properties: z.record(z.string(), z.unknown()).optional() }).nullish(),
        }),
      }),
    )
    .nullish(),
});

type Message = z.infer<typeof message>;

/** OpenAI Chat Completions. */
export const chat: WireProtocol = { path: "/v1/chat/completions", read, write, refusal: openaiRefusal };

function read(body: unknown): ModelRequest {
  const { model, stream, prompt_cache_key, messages, tools } = chatRequest.parse(body);
  return {
    wire: "chat",
    model,
    stream: stream ?? false,
    conversation: prompt_cache_key ?? "",
    system: messages
      .filter(isInstruction)
      .flatMap((each) => blocks(each.content))
      .join("\n\n"),
    entries: messages.flatMap(entriesOf),
    tools: (tools ?? []).map(
      (tool): OfferedTool => ({
        name: tool.function.name,
        form: "object",
        fields: Object.keys(tool.function.parameters?.properties ?? {}),
      }),
    ),
  };
}

function entriesOf(each: Message): Entry[] {
  const said = blocks(each.content);
  if (each.role === "user") return said.flatMap(wordsOfUser).map((text) => ({ from: "user", text }));
  if (each.role === "tool") return [{ from: "tool", text: said.join("\n\n") }];
  if (isInstruction(each)) return [];
  const calls = (each.tool_calls ?? []).flatMap((call) =>
    call.function === undefined ? [] : [call.function.name],
  );
  return [{ from: "model", text: said.join("\n\n"), calls }];
}

function isInstruction({ role }: Message): boolean {
  return role === "system" || role === "developer";
}

function blocks(content: Message["content"]): string[] {
  if (content === undefined || content === null) return [];
  return typeof content === "string"
    ? [content]
    : content.flatMap(({ text }) => (text === undefined ? [] : [text]));
}

function write({ request, usage, id, createdAt }: Answering, emit: Emit): AnswerWriter {
  const calls: object[] = [];
  let said = "";
  let thought = "";
  const completion = { id: `chatcmpl-${id}`, created: createdAt, model: request.model };
  const chunk = { ...completion, object: "chat.completion.chunk" };
  const send = (delta: object, finish_reason: string | null = null) =>
    emit({ ...chunk, choices: [{ index: 0, delta, finish_reason }] });
  const reported = {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    prompt_tokens_details: { cached_tokens: usage.cached },
  };
  return {
    open: () => send({ role: "assistant", content: "" }),
    reason(text) {
      thought += text;
      send({ reasoning_content: text });
    },
    say: () => ({
      piece(piece) {
        said += piece;
        send({ content: piece });
      },
      end: () => {},
    }),
    call({ id, tool, input }) {
      const made = {
        id: `call_${id}`,
        type: "function",
        function: { name: tool.name, arguments: JSON.stringify(input) },
      };
      send({ tool_calls: [{ index: calls.length, ...made }] });
      calls.push(made);
    },
    close() {
      const finish_reason = calls.length > 0 ? "tool_calls" : "stop";
      send({}, finish_reason);
      emit({ ...chunk, choices: [], usage: reported });
      emit("[DONE]");
      const message = {
        role: "assistant",
        content: said === "" ? null : said,
        ...(thought !== "" && { reasoning_content: thought }),
        ...(calls.length > 0 && { tool_calls: calls }),
      };
      return {
        ...completion,
        object: "chat.completion",
        choices: [{ index: 0, message, finish_reason }],
        usage: reported,
      };
    },
  };
}
