import type { LentTool, LentToolAnswer } from "@tutti/core";
import type { z } from "zod";
import { initializeParams, type mcpMessage, toolsCallParams } from "./wire.ts";

type McpMessage = z.infer<typeof mcpMessage>["message"];

export interface LentTools {
  readonly tools: readonly LentTool[];
  /** Whether the gate allowed a call and it still waits to be carried out. Answers yes once. */
  take(call: string): boolean;
  carryOut(call: { id: string; tool: string; input: unknown }): Promise<LentToolAnswer>;
  /** The program has read the list: from now on its model is offered the tools. */
  listed(): void;
}

/**
 * A tool server without a socket: it answers the MCP messages that the program passes over its own stdout. Never rejects.
 * A call that the gate did not allow is answered with an error.
 */
export async function answerMcp(message: McpMessage, lent: LentTools): Promise<object> {
  const reply = (result: object) => ({ jsonrpc: "2.0", id: message.id ?? 0, result });
  switch (message.method) {
    case "initialize":
      return reply({
        protocolVersion: initializeParams.safeParse(message.params).data?.protocolVersion ?? "2025-06-18",
        capabilities: { tools: {} },
        serverInfo: { name: "tutti", version: "1" },
      });
    case "tools/list":
      lent.listed();
      return reply({
        tools: lent.tools.map((tool) => ({ ...tool, _meta: { "anthropic/alwaysLoad": true } })),
      });
    case "tools/call":
      return reply(await call(message.params, lent));
    case undefined:
    case "ping":
      return reply({});
    default:
      if (message.id === undefined) return reply({});
      return {
        jsonrpc: "2.0",
        id: message.id,
        error: { code: -32601, message: `Method not found: ${message.method}` },
      };
  }
}

async function call(params: unknown, { take, carryOut }: LentTools): Promise<object> {
  const answer = ({ ok, text }: LentToolAnswer) => ({ content: [{ type: "text", text }], isError: !ok });
  const asked = toolsCallParams.safeParse(params).data;
  const id = asked?._meta?.["claudecode/toolUseId"];
  if (!asked || id === undefined || !take(id))
    return answer({ ok: false, text: "This call did not pass the gate." });
  try {
    return answer(await carryOut({ id, tool: asked.name, input: asked.arguments ?? {} }));
  } catch (cause) {
    return answer({ ok: false, text: cause instanceof Error ? cause.message : String(cause) });
  }
}
