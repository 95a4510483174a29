/** What is read of Claude Code's lines, and nothing else. Every object may hold more; what is not known is passed over. */
import { z } from "zod";

const textBlock = z.object({ type: z.literal("text"), text: z.string() });
const thinkingBlock = z.object({ type: z.literal("thinking"), thinking: z.string() });
const otherBlock = z.object({ type: z.string() });

const toolResultBlock = z.object({
  type: z.literal("tool_result"),
  tool_use_id: z.string(),
  content: z.union([z.string(), z.array(z.union([textBlock, otherBlock]))]).optional(),
  is_error: z.boolean().nullish(),
});
export type ToolResultBlock = z.infer<typeof toolResultBlock>;

/** Set on the lines that a sub-agent says. */
const fromAgent = { parent_tool_use_id: z.string().nullish(), agent_id: z.string().nullish() };

/** One line per content block; blocks of one message share its id. */
const assistantLine = z.object({
  type: z.literal("assistant"),
  uuid: z.string(),
  message: z.object({
    id: z.string(),
    model: z.string().nullish(),
    content: z.array(z.union([textBlock, thinkingBlock, otherBlock])),
  }),
  /** Set when the "message" is the program's own report of a failed request. */
  error: z.string().nullish(),
  ...fromAgent,
});

const userLine = z.object({
  type: z.literal("user"),
  uuid: z.string().nullish(),
  message: z.object({ content: z.union([z.string(), z.array(z.union([toolResultBlock, otherBlock]))]) }),
  /** Why a call was not carried out, for those that were not. */
  tool_result_meta: z.array(z.object({ id: z.string(), non_execution_kind: z.string().nullish() })).nullish(),
  ...fromAgent,
});

const tokens = z.number().int().min(0).nullish();
/** What one call of a model read and wrote; the later one of a call counts where it says something. */
const callUsage = z
  .object({
    input_tokens: tokens,
    cache_read_input_tokens: tokens,
    cache_creation_input_tokens: tokens,
    output_tokens: tokens,
  })
  .transform((usage): CallUsage => {
    const said = Object.entries(usage).filter(([, value]) => value !== null && value !== undefined);
    return Object.fromEntries(said);
  });
export interface CallUsage {
  input_tokens?: number;
  cache_read_input_tokens?: number;
  cache_creation_input_tokens?: number;
  output_tokens?: number;
}

const streamLine = z.object({
  type: z.literal("stream_event"),
  uuid: z.string(),
  event: z.union([
    z.object({
      type: z.literal("message_start"),
      message: z.object({
        id: z.string(),
        model: z.string().min(1).nullish().catch(null),
        usage: callUsage.nullish().catch(null),
      }),
    }),
    z.object({ type: z.literal("message_delta"), usage: callUsage }),
    z.object({
      type: z.literal("content_block_start"),
      index: z.int(),
      content_block: z.object({ type: z.string() }),
    }),
    z.object({
      type: z.literal("content_block_delta"),
      index: z.int(),
      delta: z.object({ type: z.string(), text: z.string().optional(), thinking: z.string().optional() }),
    }),
    z.object({ type: z.string() }),
  ]),
  ...fromAgent,
});

const count = z.number().min(0).default(0);
const modelUsage = z.object({
  inputTokens: count,
  outputTokens: count,
  cacheReadInputTokens: count,
  cacheCreationInputTokens: count,
  costUSD: count,
  /** `unknown` when the program has no price for the model and has guessed one. */
  costBasis: z.string().nullish(),
});
export type ModelUsage = z.infer<typeof modelUsage>;

/** The end of a round. */
const resultLine = z.object({
  type: z.literal("result"),
  subtype: z.string(),
  is_error: z.boolean().default(false),
  result: z.string().nullish(),
  errors: z.array(z.string()).nullish(),
  terminal_reason: z.string().nullish(),
  api_error_status: z.number().nullish(),
  origin: z.object({ kind: z.string() }).nullish(),
  /** Cumulative, and in a resumed session from its very beginning; hence the next one. */
  modelUsage: z.record(z.string(), modelUsage).default({}),
  model_usage_since_last_result: z.record(z.string(), modelUsage).nullish(),
});
export type ResultLine = z.infer<typeof resultLine>;

const systemLine = z.object({
  type: z.literal("system"),
  subtype: z.string(),
  uuid: z.string().nullish(),
  /** `init`: what this version can do. */
  capabilities: z.array(z.string()).nullish(),
  model: z.string().nullish(),
  /** `api_retry`. */
  attempt: z.number().nullish(),
  max_retries: z.number().nullish(),
  error_status: z.number().nullish(),
  error: z.string().nullish(),
  /** `background_tasks_changed`. */
  tasks: z.array(z.object({ task_id: z.string() })).nullish(),
});

/** What became of a line that was written to the program, by the line's uuid. */
const lifecycleLine = z.object({
  type: z.literal("command_lifecycle"),
  command_uuid: z.string(),
  state: z.string(),
});

const controlRequestLine = z.object({
  type: z.literal("control_request"),
  request_id: z.string(),
  request: z.looseObject({ subtype: z.string() }),
});

const controlResponseLine = z.object({
  type: z.literal("control_response"),
  response: z.object({
    subtype: z.string(),
    request_id: z.string(),
    response: z.unknown().optional(),
    error: z.string().nullish(),
  }),
});

const controlCancelLine = z.object({ type: z.literal("control_cancel_request"), request_id: z.string() });

const line = z.discriminatedUnion("type", [
  assistantLine,
  userLine,
  streamLine,
  resultLine,
  systemLine,
  lifecycleLine,
  controlRequestLine,
  controlResponseLine,
  controlCancelLine,
]);
export type Line = z.infer<typeof line>;

/** A line that is understood; undefined for the many that are of no interest. */
export function readLine(value: unknown): Line | undefined {
  return line.safeParse(value).data;
}

/** The callback of the PreToolUse hook. */
export const hookCallback = z.object({
  subtype: z.literal("hook_callback"),
  tool_use_id: z.string().nullish(),
  input: z.object({
    hook_event_name: z.string(),
    tool_name: z.string(),
    tool_input: z.json(),
    tool_use_id: z.string().nullish(),
    cwd: z.string().nullish(),
    agent_id: z.string().nullish(),
  }),
});
export type HookCallback = z.infer<typeof hookCallback>;

/** The permission prompt, which comes beside the hook for some calls. */
export const permissionQuestion = z.object({
  subtype: z.literal("can_use_tool"),
  tool_name: z.string(),
  tool_use_id: z.string(),
  input: z.unknown().optional(),
});

/** A message for the tool server that lives in this process. */
export const mcpMessage = z.object({
  subtype: z.literal("mcp_message"),
  message: z.object({
    id: z.union([z.string(), z.number()]).optional(),
    method: z.string().optional(),
    params: z.unknown().optional(),
  }),
});

export const toolsCallParams = z.object({
  name: z.string(),
  arguments: z.unknown().optional(),
  _meta: z.object({ "claudecode/toolUseId": z.string().optional() }).optional(),
});

export const initializeParams = z.object({ protocolVersion: z.string() });

/** The answer to `initialize`. */
export const initialized = z.object({
  /** Whether a hook that fails can be told to block. */
  hook_on_failure_supported: z.boolean().default(false),
  account: z
    .object({
      apiProvider: z.string().nullish(),
      /** The plan of a login with claude.ai, such as `Claude Max`; `Claude API` is paid for by use. */
      subscriptionType: z.string().nullish(),
      /** Set when a token of the environment is used. */
      tokenSource: z.string().nullish(),
      apiKeySource: z.string().nullish(),
    })
    .nullish(),
});

const settingsObject = z.looseObject({
  disableAllHooks: z.boolean().nullish(),
  allowManagedHooksOnly: z.boolean().nullish(),
  env: z.record(z.string(), z.unknown()).nullish(),
});

/** The answer to `get_settings`: everything that applies, and where it comes from. */
export const settingsInForce = z.object({
  effective: settingsObject.default({}),
  sources: z.array(z.object({ source: z.string(), settings: settingsObject })).default([]),
  applied: z.object({ model: z.string().nullish() }).nullish(),
});
export type SettingsInForce = z.infer<typeof settingsInForce>;

/** What `claude auth status` prints. */
export const authStatus = z.object({
  loggedIn: z.boolean(),
  authMethod: z.string(),
  configDirectory: z.string().nullish(),
  apiKeySource: z.string().nullish(),
});
