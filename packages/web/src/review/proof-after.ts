/** Whether what showed a defect was tried again. Pure. */
import type { LoggedEvent } from "@tutti/core";

export interface Proof {
  command: string;
  ok: boolean;
  /** The last line of what it said. */
  said: string;
}

/** The last time that an agent carried the same command out, and its end; undefined when that was the only time. */
export function proofAfter(events: readonly LoggedEvent[], command: string): Proof | undefined {
  const calls = new Map<string, string>();
  let times = 0;
  let last: Proof | undefined;
  for (const { session, event } of events) {
    if (event.type === "tool.requested" && event.call.command?.trim() === command.trim())
      calls.set(`${session} ${event.turn} ${event.call.id}`, event.call.command);
    else if (event.type === "tool.finished" && calls.has(`${session} ${event.turn} ${event.call}`)) {
      times += 1;
      last = { command, ok: event.ok, said: event.output.text.trim().split("\n").at(-1)?.trim() ?? "" };
    }
  }
  return times > 1 ? last : undefined;
}
