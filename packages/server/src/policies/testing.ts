/** Actions and situations for the policies' tests. */
import { type Action, type Situation, type ToolCall, toolCallSchema } from "@tutti/core";

export const workspace = "/state/work/task-1";
export const situation: Situation = {
  session: "s",
  role: null,
  workspace,
  home: "/home/ada",
  confined: false,
  pushGate: false,
  spending: null,
};

export const toolCall = (more: Partial<ToolCall>): Extract<Action, { phase: "tool-call" }> => ({
  phase: "tool-call",
  call: toolCallSchema.parse({ id: "c", kind: "shell", name: "Tool", input: {}, fingerprint: "f", ...more }),
});
export const shell = (command: string, cwd = workspace): Action => toolCall({ command, cwd });
export const edit = (...paths: string[]): Action => toolCall({ kind: "edit", paths });
export const reading = (...paths: string[]): Action => toolCall({ kind: "read", paths });
