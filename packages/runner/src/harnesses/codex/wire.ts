import { z } from "zod";

/*
 * What is read of the app-server's messages; everything else in them is passed over. The program's own typings for its
 * version: `codex app-server generate-ts --experimental --out DIR`.
 */

/** What the pre-tool hook gets on its standard input. */
export const hookInputSchema = z.object({
  hook_event_name: z.literal("PreToolUse"),
  tool_name: z.string().min(1),
  tool_use_id: z.string().min(1),
  tool_input: z.json(),
  cwd: z.string().min(1),
  model: z.string().optional(),
  /** The thread of the sub-agent that calls. */
  agent_id: z.string().optional(),
});
export type HookInput = z.infer<typeof hookInputSchema>;

export const hooksListSchema = z.object({
  data: z.array(
    z.object({
      hooks: z.array(
        z.object({
          key: z.string(),
          eventName: z.string(),
          command: z.string().nullish(),
          source: z.string(),
          enabled: z.boolean(),
          isManaged: z.boolean(),
          currentHash: z.string(),
          trustStatus: z.string(),
        }),
      ),
      errors: z.array(z.object({ message: z.string() })).default([]),
    }),
  ),
});
export type Hook = z.infer<typeof hooksListSchema>["data"][number]["hooks"][number];

export const configSchema = z.object({
  config: z.object({
    model_provider: z.string().nullish(),
    openai_base_url: z.string().nullish(),
    chatgpt_base_url: z.string().nullish(),
    model_providers: z.record(z.string(), z.unknown()).nullish(),
    mcp_servers: z.record(z.string(), z.unknown()).nullish(),
    shell_environment_policy: z.object({ include_only: z.array(z.string()).nullish() }).nullish(),
    sandbox_workspace_write: z.object({ writable_roots: z.array(z.string()).default([]) }).nullish(),
  }),
});
export type Config = z.infer<typeof configSchema>["config"];

export const accountSchema = z.object({
  account: z.object({ type: z.string() }).nullable(),
  requiresOpenaiAuth: z.boolean(),
});

/** The answer to `thread/start`, `thread/resume` and `thread/fork`. */
export const threadSchema = z.object({
  thread: z.object({ id: z.string().min(1) }),
  model: z.string().min(1),
  modelProvider: z.string(),
});

export const turnStartedSchema = z.object({ turn: z.object({ id: z.string().min(1) }) });

/** `item/tool/call`: a lent tool is to be carried out. */
export const toolRequestSchema = z.object({
  callId: z.string().min(1),
  tool: z.string().min(1),
  arguments: z.json(),
});

export const elicitationSchema = z.object({
  _meta: z.object({ codex_approval_kind: z.string().optional() }).nullish(),
});

const tokensSchema = z.object({
  inputTokens: z.number(),
  cachedInputTokens: z.number(),
  cacheWriteInputTokens: z.number().default(0),
  outputTokens: z.number(),
});
export type Tokens = z.infer<typeof tokensSchema>;

/** A word, or a word with the HTTP status that it stands for. */
const errorInfoSchema = z.union([
  z.string(),
  z.record(z.string(), z.object({ httpStatusCode: z.number().nullish() }).nullish()),
]);
const turnErrorSchema = z.object({
  message: z.string(),
  codexErrorInfo: errorInfoSchema.nullish().catch(null),
  additionalDetails: z.string().nullish(),
});
export type TurnError = z.infer<typeof turnErrorSchema>;

const threadId = z.string();
const itemBase = z.object({ id: z.string().min(1) });
const status = z.string();

const itemSchema = z.discriminatedUnion("type", [
  itemBase.extend({ type: z.literal("agentMessage"), text: z.string() }),
  itemBase.extend({
    type: z.literal("reasoning"),
    summary: z.array(z.string()).default([]),
    content: z.array(z.string()).default([]),
  }),
  itemBase.extend({
    type: z.literal("commandExecution"),
    status,
    source: z.string().default("agent"),
    aggregatedOutput: z.string().nullish(),
    exitCode: z.number().nullish(),
  }),
  itemBase.extend({
    type: z.literal("fileChange"),
    status,
    changes: z
      .array(z.object({ path: z.string(), kind: z.object({ type: z.string() }).catch({ type: "change" }) }))
      .default([]),
  }),
  itemBase.extend({
    type: z.literal("mcpToolCall"),
    status,
    result: z.object({ content: z.array(z.json()).default([]) }).nullish(),
    error: z.object({ message: z.string() }).nullish(),
  }),
  itemBase.extend({
    type: z.literal("dynamicToolCall"),
    status,
    success: z.boolean().nullish(),
    contentItems: z.array(z.object({ text: z.string().optional() })).nullish(),
  }),
  itemBase.extend({
    type: z.literal("collabAgentToolCall"),
    status,
    agentsStates: z.json().optional(),
  }),
  itemBase.extend({ type: z.literal("webSearch") }),
  itemBase.extend({ type: z.literal("imageGeneration") }),
  itemBase.extend({ type: z.literal("contextCompaction") }),
]);
export type Item = z.infer<typeof itemSchema>;

const hookRunSchema = z.object({ id: z.string(), eventName: z.string(), status: z.string() });
const delta = z.object({ threadId, itemId: z.string(), delta: z.string() });

/** The notifications that are read. Others, and items of other types, are unknown and passed over. */
const notificationSchema = z.discriminatedUnion("method", [
  z.object({
    method: z.literal("thread/started"),
    params: z.object({ thread: z.object({ id: threadId, model: z.string().nullish() }) }),
  }),
  z.object({
    method: z.literal("turn/started"),
    params: z.object({ threadId, turn: z.object({ id: z.string() }) }),
  }),
  z.object({
    method: z.literal("turn/completed"),
    params: z.object({
      threadId,
      turn: z.object({ id: z.string(), status, error: turnErrorSchema.nullish() }),
    }),
  }),
  z.object({ method: z.literal("item/started"), params: z.object({ threadId, item: itemSchema }) }),
  z.object({ method: z.literal("item/completed"), params: z.object({ threadId, item: itemSchema }) }),
  z.object({ method: z.literal("item/agentMessage/delta"), params: delta }),
  z.object({ method: z.literal("item/reasoning/summaryTextDelta"), params: delta }),
  z.object({ method: z.literal("item/reasoning/textDelta"), params: delta }),
  z.object({
    method: z.literal("item/commandExecution/terminalInteraction"),
    params: z.object({ itemId: z.string(), stdin: z.string() }),
  }),
  z.object({ method: z.literal("hook/completed"), params: z.object({ threadId, run: hookRunSchema }) }),
  z.object({
    method: z.literal("thread/tokenUsage/updated"),
    params: z.object({ threadId, tokenUsage: z.object({ total: tokensSchema, last: tokensSchema }) }),
  }),
  z.object({
    method: z.literal("model/rerouted"),
    params: z.object({ threadId, fromModel: z.string(), toModel: z.string() }),
  }),
  z.object({
    method: z.literal("error"),
    params: z.object({ threadId, error: turnErrorSchema, willRetry: z.boolean() }),
  }),
  z.object({ method: z.literal("warning"), params: z.object({ message: z.string() }) }),
]);
export type Notification = z.infer<typeof notificationSchema>;

/** A notification that is read, or undefined. */
export function notificationOf(method: string, params: unknown): Notification | undefined {
  return notificationSchema.safeParse({ method, params }).data;
}
