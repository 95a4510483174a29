import { createHash } from "node:crypto";
import type { ToolCall } from "@tutti/core";

/**
 * The fingerprint of a tool call: the same call issued again, in the same folder, has the same one, whatever the order of
 * its input's keys. An answer that a person gave after the turn had ended finds its call by it.
 */
export function fingerprint(call: Pick<ToolCall, "kind" | "name" | "input" | "cwd">): string {
  const { kind, name, input, cwd } = call;
  return createHash("sha256").update(canonical({ kind, name, input, cwd })).digest("hex");
}

/** JSON with sorted keys and without undefined members. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`);
  return `{${members.join(",")}}`;
}
