import type { Wire } from "./scenario.ts";

/**
 * One request for an answer, in words that no wire owns. Each wire's `read…` function makes it from a body; everything
 * that decides what to answer looks at this alone.
 */
export interface ModelRequest {
  readonly wire: Wire;
  readonly model: string;
  readonly stream: boolean;
  /** What the wire names the conversation by (a cache key, a session id), else the empty string. */
  readonly conversation: string;
  /** System prompt and developer instructions, in order, joined by blank lines. */
  readonly system: string;
  /** What was said and done so far, oldest first. Texts that the client itself wrote in the user's name are left out. */
  readonly entries: readonly Entry[];
  readonly tools: readonly OfferedTool[];
}

export type Entry =
  | { readonly from: "user"; readonly text: string }
  /** One answer of the model: its text and the names of the tools it called. */
  | { readonly from: "model"; readonly text: string; readonly calls: readonly string[] }
  /** The result of one tool call. */
  | { readonly from: "tool"; readonly text: string };

/** A tool that the client offers, and how the wire wants it called. */
export interface OfferedTool {
  readonly name: string;
  /** The group that the wire keeps the tool in; a call must name it too. */
  readonly namespace?: string;
  /** `object`: the input is an object; `text`: a bare text; `search`: the wire's own call for finding further tools. */
  readonly form: "object" | "text" | "search";
  /** The names of the input's fields, where the client tells them. */
  readonly fields: readonly string[];
}

/** A tool call that an answer makes: an offered tool with its input (a text exactly when the tool's form is `text`). */
export interface ToolCall {
  readonly id: string;
  readonly tool: OfferedTool;
  readonly input: Readonly<Record<string, unknown>> | string;
}

/** The texts that the user wrote, oldest first. */
export function userTexts(request: ModelRequest): string[] {
  return request.entries.flatMap((entry) => (entry.from === "user" ? [entry.text] : []));
}
