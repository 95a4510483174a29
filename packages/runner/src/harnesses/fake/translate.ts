import type { HarnessEvent, LentTool, ToolCall } from "@tutti/core";
import { fingerprint } from "../../process/fingerprint.ts";
import type { Step } from "./script.ts";

export interface Place {
  /** Unique for the step, in the session and beyond. */
  id: string;
  cwd: string;
  model: string;
  tools: readonly LentTool[];
}

/** What a step that speaks or counts shows. Steps that do something show nothing by themselves. */
export function translate(step: Step, { id, model }: Pick<Place, "id" | "model">): HarnessEvent[] {
  if ("say" in step) return spoken("message", id, step.say);
  if ("think" in step) return spoken("reasoning", id, step.think);
  if ("usage" in step) {
    const { input, output, costUsd } = step.usage;
    return [
      {
        type: "usage",
        usage: { model, input, output, costUsd, cacheRead: 0, cacheWrite: 0, costSource: "reported" },
      },
    ];
  }
  return [];
}

/** The tool call that a step makes, or undefined when it makes none. `path` is the real path that the step means. */
export function toolCallOf(step: Step, { id, cwd, tools }: Place, path?: string): ToolCall | undefined {
  const made = (call: Pick<ToolCall, "kind" | "name" | "input" | "command" | "paths">): ToolCall => ({
    ...call,
    id,
    cwd,
    fingerprint: fingerprint({ ...call, cwd }),
  });
  if ("shell" in step)
    return made({ kind: "shell", name: "shell", input: { command: step.shell }, command: step.shell });
  if ("write" in step)
    return made({ kind: "edit", name: "write", input: step.write, paths: path === undefined ? [] : [path] });
  if ("read" in step)
    return made({
      kind: "read",
      name: "read",
      input: { path: step.read },
      paths: path === undefined ? [] : [path],
    });
  if ("call" in step) {
    const lent = tools.some(({ name }) => name === step.call.tool);
    return made({ kind: lent ? "lent" : "other", name: step.call.tool, input: step.call.input });
  }
  return undefined;
}

function spoken(kind: "message" | "reasoning", item: string, text: string): HarnessEvent[] {
  const middle = Math.ceil(text.length / 2);
  return [
    { type: "delta", item, kind, text: text.slice(0, middle) },
    { type: "delta", item, kind, text: text.slice(middle) },
    { type: kind, item, text },
  ];
}
