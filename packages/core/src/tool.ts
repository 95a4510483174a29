/** Tool calls: what an agent wants to do, in words that every harness's calls are translated to. */
import { z } from "zod";

/** What a call does, whatever the harness names its tool. `lent` is a tool that Tutti itself gives. */
export const toolKindSchema = z.enum([
  "shell",
  "edit",
  "read",
  "search",
  "web",
  "lent",
  "mcp",
  "subagent",
  "other",
]);
export type ToolKind = z.infer<typeof toolKindSchema>;

/** A tool call as the gate sees it, before it is carried out. */
export const toolCallSchema = z.strictObject({
  id: z.string().min(1),
  kind: toolKindSchema,
  /** The harness's own name of the tool. */
  name: z.string().min(1),
  /** The tool's input as the model wrote it. */
  input: z.json(),
  /** For `shell`: the command line. */
  command: z.string().optional(),
  /** For `edit` and `read`: absolute paths with symlinks resolved, as the machine that runs them sees them. */
  paths: z.array(z.string()).optional(),
  /** The folder that the call starts in, absolute. */
  cwd: z.string().optional(),
  /** The same call issued again has the same fingerprint: a hash of kind, name, input and folder. */
  fingerprint: z.string().min(1),
  /** Set when a sub-agent of the harness made the call. */
  agent: z.string().optional(),
});
export type ToolCall = z.infer<typeof toolCallSchema>;

/** A tool that Tutti lends to an agent. The input schema is JSON Schema, as models read it. */
export const lentToolSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]{0,39}$/),
  description: z.string().min(1),
  inputSchema: z.record(z.string(), z.json()),
});
export type LentTool = z.infer<typeof lentToolSchema>;

/** Text kept whole up to a bound; what is cut is counted. */
export const boundedTextSchema = z.strictObject({
  text: z.string(),
  /** Bytes left out of the middle. */
  cut: z.int().min(0),
});
export type BoundedText = z.infer<typeof boundedTextSchema>;

/** Keeps the head and the tail of a text of more than `limit` characters. */
export function boundText(text: string, limit: number): BoundedText {
  if (text.length <= limit) return { text, cut: 0 };
  const half = Math.floor(limit / 2);
  const head = text.slice(0, half);
  const tail = text.slice(text.length - half);
  return {
    text: `${head}\n… ${text.length - 2 * half} characters left out …\n${tail}`,
    cut: text.length - 2 * half,
  };
}
