import type { ToolCall, ToolKind } from "@tutti/core";
import { z } from "zod";
import { fingerprint } from "../../process/fingerprint.ts";
import { realPath } from "../../process/real-path.ts";
import type { HookInput } from "./wire.ts";

const commandSchema = z.object({ command: z.string() });
const pathSchema = z.object({ path: z.string() });

/** What a hook was told, as the gate's call. `lent` holds the names of the lent tools. */
export async function toolCallOf(hook: HookInput, lent: ReadonlySet<string>): Promise<ToolCall> {
  const kind = kindOf(hook.tool_name, lent);
  const { tool_use_id: id, tool_name: name, tool_input: input, cwd, agent_id: agent } = hook;
  const command = kind === "shell" ? commandSchema.safeParse(input).data?.command : undefined;
  const written = pathsOf(kind, hook);
  const paths = written && (await Promise.all(written.map((path) => realPath(path, cwd))));
  return {
    id,
    kind,
    name,
    input,
    ...(command !== undefined && { command }),
    ...(paths && { paths: [...new Set(paths)] }),
    cwd,
    fingerprint: fingerprint({ kind, name, input, cwd }),
    ...(agent !== undefined && { agent }),
  };
}

function kindOf(name: string, lent: ReadonlySet<string>): ToolKind {
  if (lent.has(name)) return "lent";
  if (name === "Bash") return "shell";
  if (name === "apply_patch") return "edit";
  if (name === "view_image") return "read";
  if (name === "tool_search") return "search";
  if (name.startsWith("mcp__") || /^(list|read)_mcp_/.test(name)) return "mcp";
  if (/^web(_search|__run)/.test(name)) return "web";
  if (/^multi_agent|^collaboration|(^|_)agent$|^agents?_/.test(name)) return "subagent";
  return "other";
}

function pathsOf(kind: ToolKind, { tool_input }: HookInput): string[] | undefined {
  if (kind === "edit") return patchedPaths(commandSchema.safeParse(tool_input).data?.command ?? "");
  if (kind !== "read") return undefined;
  const read = pathSchema.safeParse(tool_input).data;
  return read && [read.path];
}

/** The files that a patch in Codex's own format touches. */
function patchedPaths(patch: string): string[] {
  return [...patch.matchAll(/^\s*\*\*\* (?:(?:Add|Update|Delete) File|Move to): (.+?)\s*$/gm)].flatMap(
    ([, path]) => (path === undefined ? [] : [path]),
  );
}
