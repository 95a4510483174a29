import type { ToolCall, ToolKind } from "@tutti/core";
import { fingerprint } from "../../process/fingerprint.ts";
import { realPath } from "../../process/real-path.ts";
import type { HookCallback } from "./wire.ts";

/** The name under which the program knows the server of the lent tools. */
export const LENT_SERVER = "tutti";

const kinds: Readonly<Record<string, ToolKind>> = {
  Bash: "shell",
  PowerShell: "shell",
  Monitor: "shell",
  Edit: "edit",
  MultiEdit: "edit",
  Write: "edit",
  NotebookEdit: "edit",
  Read: "read",
  Glob: "search",
  Grep: "search",
  LS: "search",
  WebFetch: "web",
  WebSearch: "web",
  Agent: "subagent",
  Task: "subagent",
};

/** The fields of inputs that hold paths. */
const pathFields = ["file_path", "notebook_path", "path"];

/** What the hook tells of a call, in the words of the contract. `request` names a call that has no id of its own. */
export async function toolCallOf(
  { tool_use_id, input }: HookCallback,
  request: string,
  sessionFolder: string,
): Promise<ToolCall> {
  const { tool_name: name, tool_input } = input;
  const kind = kindOf(name);
  const cwd = await realPath(input.cwd ?? sessionFolder, sessionFolder);
  const named = textsOf(tool_input);
  const paths = ["edit", "read", "search"].includes(kind)
    ? await Promise.all(
        pathFields.flatMap((field) => (named[field] === undefined ? [] : [realPath(named[field], cwd)])),
      )
    : [];
  return {
    id: tool_use_id ?? input.tool_use_id ?? request,
    kind,
    name,
    input: tool_input,
    cwd,
    fingerprint: fingerprint({ kind, name, input: tool_input, cwd }),
    ...(kind === "shell" && named.command !== undefined && { command: named.command }),
    ...(paths.length > 0 && { paths }),
    ...(input.agent_id && { agent: input.agent_id }),
  };
}

function kindOf(name: string): ToolKind {
  if (name.startsWith(`mcp__${LENT_SERVER}__`)) return "lent";
  if (name.startsWith("mcp__")) return "mcp";
  return kinds[name] ?? "other";
}

/** The members of an input that are texts. */
function textsOf(input: ToolCall["input"]): Readonly<Record<string, string | undefined>> {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return {};
  return Object.fromEntries(
    Object.entries(input).flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : [])),
  );
}
