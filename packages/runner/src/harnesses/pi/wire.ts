/** What Pi writes on stdout in its rpc mode, as far as we read it. Anything else is passed over. */
import { z } from "zod";

const piUsageSchema = z.object({
  input: z.number(),
  output: z.number(),
  cacheRead: z.number(),
  cacheWrite: z.number(),
  cost: z.object({ total: z.number() }),
});
export type PiUsage = z.infer<typeof piUsageSchema>;

const assistantSchema = z.object({
  role: z.literal("assistant"),
  content: z.array(
    z.union([
      z.object({ type: z.literal("text"), text: z.string() }),
      z.object({ type: z.literal("thinking"), thinking: z.string() }),
      z.object({ type: z.string() }),
    ]),
  ),
  model: z.string().min(1),
  /** The model that the service says it served, where it differs from the one that was asked for. */
  responseModel: z.string().min(1).optional(),
  usage: piUsageSchema,
  stopReason: z.string(),
  errorMessage: z.string().optional(),
});
export type AssistantMessage = z.infer<typeof assistantSchema>;

const messageSchema = z.union([assistantSchema, z.object({ role: z.string() })]);

const toolResultSchema = z.object({
  content: z.array(
    z.union([z.object({ type: z.literal("text"), text: z.string() }), z.object({ type: z.string() })]),
  ),
});

const line = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.object({ type: z.literal(type), ...shape });

const toolShape = { toolCallId: z.string(), toolName: z.string() };

export const piLineSchema = z.discriminatedUnion("type", [
  line("response", {
    id: z.string().optional(),
    success: z.boolean(),
    error: z.string().optional(),
    data: z.unknown().optional(),
  }),
  line("extension_ui_request", {
    id: z.string(),
    method: z.string(),
    title: z.string().optional(),
    placeholder: z.string().optional(),
    statusKey: z.string().optional(),
    statusText: z.string().optional(),
    message: z.string().optional(),
  }),
  line("extension_error", { event: z.string(), error: z.string() }),
  line("agent_start", {}),
  line("agent_settled", {}),
  line("message_start", { message: messageSchema }),
  line("message_update", {
    assistantMessageEvent: z.object({
      type: z.string(),
      contentIndex: z.number().optional(),
      delta: z.string().optional(),
    }),
  }),
  line("message_end", { message: messageSchema }),
  line("tool_execution_update", toolShape),
  line("tool_execution_end", { ...toolShape, result: toolResultSchema, isError: z.boolean() }),
  line("queue_update", { steering: z.array(z.string()) }),
  line("auto_retry_start", {
    attempt: z.number(),
    maxAttempts: z.number(),
    delayMs: z.number(),
    errorMessage: z.string(),
  }),
  line("compaction_start", { reason: z.string() }),
  line("compaction_end", {
    result: z.object({ usage: piUsageSchema.optional() }).optional(),
    errorMessage: z.string().optional(),
  }),
]);
type PiLine = z.infer<typeof piLineSchema>;
export type PiLineOf<T extends PiLine["type"]> = Extract<PiLine, { type: T }>;
/** Everything but the answers to our commands. */
export type PiEvent = Exclude<PiLine, PiLineOf<"response">>;

const piModelSchema = z.object({ id: z.string(), provider: z.string() });
export type PiModel = z.infer<typeof piModelSchema>;

/** The answer to `get_state`. */
export const stateSchema = z.object({
  sessionId: z.string().min(1),
  model: piModelSchema.nullish(),
});

/** The answer to `get_available_models`. */
export const modelsSchema = z.object({ models: z.array(piModelSchema) });

/** What our extension asks; see `channel.ts`. */
const questionSchema = z.object({
  ask: z.enum(["gate", "tool"]),
  id: z.string().min(1),
  name: z.string().min(1),
  input: z.json(),
});

/** A question of our extension's; undefined when the text holds none. */
export function readQuestion(text: string): z.infer<typeof questionSchema> | undefined {
  try {
    return questionSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
