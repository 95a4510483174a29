import type { Situation, ToolCall } from "@tutti/core";
import { readOnce } from "../shell/read-once.ts";
import type { Doubt, ShellReading } from "../shell/shell-command.ts";

/** What a call would carry out in a shell; undefined for other calls. A shell call without a command line is a doubt. */
export function shellReading(
  call: ToolCall,
  { workspace }: Pick<Situation, "workspace">,
): ShellReading | undefined {
  if (call.kind !== "shell") return undefined;
  if (call.command === undefined)
    return { commands: [], doubts: [{ reason: "the call does not say what it runs", text: call.name }] };
  return readOnce(call.command, { cwd: call.cwd ?? workspace ?? undefined });
}

/** Doubts in words for a person. */
export function doubtful(doubts: readonly Doubt[]): string {
  const [first] = doubts;
  return first ? `Nobody can tell what this does: ${first.reason} (${first.text}).` : "";
}
