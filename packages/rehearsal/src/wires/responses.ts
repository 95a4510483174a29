import { z } from "zod";
import type { Entry, ModelRequest, OfferedTool } from "../conversation.ts";
import { wordsOfUser } from "../injected-text.ts";
import { searchTool } from "../tools.ts";
import { openaiRefusal } from "./openai-refusal.ts";
import type { Answering, AnswerWriter, Emit, WireProtocol } from "./wire.ts";

const content = z.union([z.string(), z.array(z.object({ text: z.string().optional() }))]);

const item = z.object({
  type: z.string().default("message"),
  role: z.string().optional(),
  content: content.nullish(),
  name: z.string().optional(),
  output: content.optional(),
  tools: z.array(z.unknown()).optional(),
});

const toolFields = z.object({ properties: z.record(z.string(), z.unknown()).optional() });
const plainTool = z.object({
  type: z.string(),
  name: z.string().optional(),
  parameters: toolFields.nullish(),
});
const tool = plainTool.extend({ tools: z.array(plainTool).optional() });

const responsesRequest = z.object({
  model: z.string(),
  stream: z.boolean().default(false),
  instructions: z.string().nullish(),
  prompt_cache_key: z.string().nullish(),
  input: z.union([z.string(), z.array(item)]),
  tools: z.array(tool).default([]),
});

type Item = z.infer<typeof item>;

/** OpenAI Responses. */
export const responses: WireProtocol = { path: "/v1/responses", read, write, refusal: openaiRefusal };

function read(body: unknown): ModelRequest {
  const { model, stream, instructions, prompt_cache_key, input, tools } = responsesRequest.parse(body);
  const items: Item[] =
    typeof input === "string" ? [{ type: "message", role: "user", content: input }] : input;
  const found = items.flatMap(({ tools = [] }) => tools.flatMap((each) => tool.safeParse(each).data ?? []));
  return {
    wire: "responses",
    model,
    stream,
    conversation: prompt_cache_key ?? "",
    system: [instructions ?? "", ...items.filter(isInstruction).map((each) => joined(each.content))]
      .filter((text) => text !== "")
      .join("\n\n"),
    entries: entriesOf(items),
    tools: [...tools, ...found].flatMap(offered),
  };
}

function offered(each: z.infer<typeof tool>): OfferedTool[] {
  const fields = Object.keys(each.parameters?.properties ?? {});
  if (each.type === searchTool) return [{ name: searchTool, form: "search", fields }];
  if (each.type === "namespace")
    return (each.tools ?? []).flatMap(offered).map((inner) => ({ ...inner, namespace: each.name ?? "" }));
  if (each.name === undefined) return [];
  return [{ name: each.name, form: each.type === "custom" ? "text" : "object", fields }];
}

/** The items that follow each other without a word or a result from the client between them are one answer. */
function entriesOf(items: readonly Item[]): Entry[] {
  const entries: Entry[] = [];
  for (const each of items) {
    const latest = entries.at(-1);
    if (each.type.endsWith("_output")) entries.push({ from: "tool", text: joined(each.output) });
    else if (each.type === "message" && each.role === "user")
      for (const text of blocks(each.content).flatMap(wordsOfUser)) entries.push({ from: "user", text });
    else if (!isInstruction(each) && each.type !== "additional_tools") {
      const more = { text: joined(each.content), calls: callNames(each) };
      if (latest?.from === "model")
        entries[entries.length - 1] = {
          from: "model",
          text: latest.text + more.text,
          calls: [...latest.calls, ...more.calls],
        };
      else entries.push({ from: "model", ...more });
    }
  }
  return entries;
}

function isInstruction({ type, role }: Item): boolean {
  return type === "message" && (role === "developer" || role === "system");
}

function callNames({ type, name }: Item): string[] {
  if (type === "tool_search_call") return [searchTool];
  return type.endsWith("_call") ? [name ?? type] : [];
}

function blocks(content: Item["content"]): string[] {
  if (content === undefined || content === null) return [];
  return typeof content === "string"
    ? [content]
    : content.flatMap(({ text }) => (text === undefined ? [] : [text]));
}

function joined(content: Item["content"]): string {
  return blocks(content).join("\n\n");
}

function write({ request, usage, id, createdAt }: Answering, emit: Emit): AnswerWriter {
  const output: object[] = [];
  let sent = 0;
  const send = (type: string, data: object) => emit({ type, sequence_number: sent++, ...data }, type);
  const response = { id: `resp_${id}`, object: "response", created_at: createdAt, model: request.model };
  const here = () => ({ output_index: output.length });
  const add = (started: object) => send("response.output_item.added", { ...here(), item: started });
  const done = (finished: object) => {
    send("response.output_item.done", { ...here(), item: finished });
    output.push(finished);
  };
  return {
    open: () => send("response.created", { response: { ...response, status: "in_progress", output: [] } }),
    reason(text) {
      const item_id = `rs_${id}_${output.length}`;
      const at = { ...here(), item_id, summary_index: 0 };
      const part = { type: "summary_text", text };
      add({ type: "reasoning", id: item_id, summary: [] });
      send("response.reasoning_summary_part.added", { ...at, part: { ...part, text: "" } });
      send("response.reasoning_summary_text.delta", { ...at, delta: text });
      send("response.reasoning_summary_text.done", { ...at, text });
      send("response.reasoning_summary_part.done", { ...at, part });
      done({
        type: "reasoning",
        id: item_id,
        summary: [part],
        encrypted_content: Buffer.from(text).toString("base64"),
      });
    },
    say() {
      const item_id = `msg_${id}_${output.length}`;
      const at = { ...here(), item_id, content_index: 0 };
      const message = { type: "message", id: item_id, role: "assistant" };
      let text = "";
      add({ ...message, status: "in_progress", content: [] });
      send("response.content_part.added", { ...at, part: { type: "output_text", text, annotations: [] } });
      return {
        piece(piece) {
          text += piece;
          send("response.output_text.delta", { ...at, delta: piece });
        },
        end() {
          const part = { type: "output_text", text, annotations: [] };
          send("response.output_text.done", { ...at, text });
          send("response.content_part.done", { ...at, part });
          done({ ...message, status: "completed", content: [part] });
        },
      };
    },
    call({ id, tool, input }) {
      const call = { call_id: `call_${id}`, status: "completed" };
      if (tool.form === "search") {
        done({ type: "tool_search_call", id: `tsc_${id}`, execution: "client", arguments: input, ...call });
        return;
      }
      const named = {
        ...call,
        name: tool.name,
        ...(tool.namespace !== undefined && { namespace: tool.namespace }),
      };
      if (typeof input === "string") {
        const custom = { type: "custom_tool_call", id: `ctc_${id}`, ...named };
        const at = { ...here(), item_id: custom.id };
        add({ ...custom, status: "in_progress", input: "" });
        send("response.custom_tool_call_input.delta", { ...at, delta: input });
        send("response.custom_tool_call_input.done", { ...at, input });
        done({ ...custom, input });
        return;
      }
      const call_item = { type: "function_call", id: `fc_${id}`, ...named };
      const at = { ...here(), item_id: call_item.id };
      const json = JSON.stringify(input);
      add({ ...call_item, status: "in_progress", arguments: "" });
      send("response.function_call_arguments.delta", { ...at, delta: json });
      send("response.function_call_arguments.done", { ...at, arguments: json });
      done({ ...call_item, arguments: json });
    },
    close() {
      const whole = {
        ...response,
        status: "completed",
        output,
        usage: {
          input_tokens: usage.input,
          input_tokens_details: { cached_tokens: usage.cached },
          output_tokens: usage.output,
          output_tokens_details: { reasoning_tokens: 0 },
          total_tokens: usage.input + usage.output,
        },
      };
      send("response.completed", { response: whole });
      return whole;
    },
  };
}
