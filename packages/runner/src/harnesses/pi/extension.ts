/**
 * The part of the adapter that runs inside Pi's own process: the gate, the lent tools, the system prompt's addition and the
 * model provider. Pi loads it by `-e`, alone (`--no-extensions`), so that nothing can change a call after the gate saw it.
 *
 * It imports only builtins: Pi translates and loads this one file. It fails closed: a missing or unreadable answer blocks
 * the call, and Pi blocks a call whose handler throws.
 */
import { readFileSync } from "node:fs";
import type { ChannelTitle, GateReply, Question, Setup, ToolReply } from "./channel.ts";

/** Of Pi's extension API, what is used here. */
interface ExtensionContext {
  ui: {
    input(title: string, placeholder: string, options: { signal?: AbortSignal }): Promise<string | undefined>;
    setStatus(key: string, text: string): void;
  };
  signal?: AbortSignal;
}
interface ExtensionApi {
  on(event: "session_start", handler: (event: unknown, context: ExtensionContext) => void): void;
  on(event: "before_agent_start", handler: (event: PromptEvent) => void): void;
  on(
    event: "tool_call",
    handler: (event: ToolCallEvent, context: ExtensionContext) => Promise<Block | undefined>,
  ): void;
  registerTool(tool: object): void;
  registerProvider(name: string, provider: object): void;
  registerCommand(
    name: string,
    command: { description: string; handler(words: string): Promise<void> },
  ): void;
}
interface PromptEvent {
  systemPromptOptions: { appendSystemPrompt: string };
}
interface ToolCallEvent {
  toolCallId: string;
  toolName: string;
  input: Record<string, unknown>;
}
interface Block {
  block: true;
  reason: string;
}

const title: ChannelTitle = "tutti";
const refused: Block = { block: true, reason: "The gate gave no answer, so the call is denied." };

// biome-ignore lint/style/noDefaultExport: Pi takes an extension's default export.
export default function extension(pi: ExtensionApi): void {
  const setup = readSetup();

  pi.on("session_start", (_event, context) => context.ui.setStatus(title, setup.greeting));

  pi.on("tool_call", async ({ toolCallId: id, toolName: name, input }, context) => {
    const reply = await ask<GateReply>(context, { ask: "gate", id, name, input }, context.signal);
    if (reply?.effect === "deny") return { block: true, reason: reply.reason };
    if (reply?.effect !== "allow") return refused;
    process.env.TUTTI_MARKER = reply.marker;
    if (reply.path !== undefined) input.path = reply.path;
    return undefined;
  });

  const { systemPrompt } = setup;
  if (systemPrompt)
    pi.on("before_agent_start", ({ systemPromptOptions: options }) => {
      options.appendSystemPrompt = [options.appendSystemPrompt, systemPrompt].filter(Boolean).join("\n\n");
    });

  for (const tool of setup.tools)
    pi.registerTool({
      name: tool.name,
      label: tool.name,
      description: tool.description,
      parameters: tool.inputSchema,
      async execute(
        id: string,
        input: unknown,
        signal: AbortSignal | undefined,
        _update: unknown,
        context: ExtensionContext,
      ) {
        const reply = await ask<ToolReply>(context, { ask: "tool", id, name: tool.name, input }, signal);
        if (reply?.ok !== true) throw new Error(reply?.text ?? "The tool gave no answer.");
        return { content: [{ type: "text", text: reply.text }], details: undefined };
      },
    });

  const { provider } = setup;
  if (!provider) return;
  const models = [provider.model];
  const register = () =>
    pi.registerProvider(provider.name, {
      name: "Tutti",
      baseUrl: provider.baseUrl,
      api: provider.api,
      apiKey: provider.apiKey,
      models: models.map((id) => ({
        id,
        name: id,
        reasoning: provider.reasoning,
        input: ["text", "image"],
        cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
        contextWindow: 128_000,
        maxTokens: 16_384,
        compat: { supportsDeveloperRole: false, supportsStore: false },
      })),
    });
  register();
  pi.registerCommand("tutti-model", {
    description: "Makes another model of the provider known",
    async handler(model) {
      if (!models.includes(model)) models.push(model);
      register();
    },
  });
}

function readSetup(): Setup {
  const path = process.env.TUTTI_PI_SETUP;
  if (!path) throw new Error("TUTTI_PI_SETUP is not set: this extension is started by Tutti alone");
  return JSON.parse(readFileSync(path, "utf8"));
}

/** The adapter's answer; undefined when there is none, or the signal came first. */
async function ask<Reply>(
  { ui }: ExtensionContext,
  question: Question,
  signal: AbortSignal | undefined,
): Promise<Reply | undefined> {
  const answer = await ui.input(title, JSON.stringify(question), signal ? { signal } : {});
  return answer === undefined ? undefined : JSON.parse(answer);
}
