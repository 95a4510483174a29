import type { Situation, ToolCall } from "@tutti/core";
import { readShell } from "../shell/read-shell.ts";
import type { Doubt, ShellReading } from "../shell/shell-command.ts";

/** What a call would carry out in a shell; undefined for other calls. A shell call without a command line is a doubt. */
export function shellReading(
  call: ToolCall,
  { workspace }: Pick<Situation, "workspace">,
): ShellReading | undefined {
  if (call.kind !== "shell") return undefined;
  if (call.command === undefined)
    return { commands: [], doubts: [{ reason: "the call does not say what it runs", text: call.name }] };
  const cwd = call.cwd ?? workspace ?? undefined;
  const known = readings.get(call);
  if (known && known.cwd === cwd && known.command === call.command) return known.reading;
  const reading = readShell(call.command, { cwd });
  readings.set(call, { command: call.command, cwd, reading });
  return reading;
}

/** Several policies look at one call: it is read once. */
const readings = new WeakMap<ToolCall, { command: string; cwd: string | undefined; reading: ShellReading }>();

/** Doubts in words for a person. */
export function doubtful(doubts: readonly Doubt[]): string {
  const [first] = doubts;
  return first ? `Nobody can tell what this does: ${first.reason} (${first.text}).` : "";
}
