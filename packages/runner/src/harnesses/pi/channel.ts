/**
 * What our extension, inside Pi's process, and the adapter say to each other.
 *
 * They use Pi's own channel: an extension's question to the person (`ctx.ui.input`) leaves Pi as a line on stdout and its
 * answer comes back on stdin. So there is no socket that a command of the agent could reach, no token, and a question stands
 * in its place among the events around it. Types only: the extension is loaded by Pi and imports nothing at run time.
 */
import type { LentTool, ModelProvider } from "@tutti/core";

/** The file that the extension reads when Pi loads it. Its path stands in `TUTTI_PI_SETUP`. */
export interface Setup {
  /** Said back in the greeting: this extension, started for this session, is the one that Pi loaded. */
  greeting: string;
  systemPrompt?: string;
  tools: readonly LentTool[];
  provider?: SetupProvider;
}

/** Another model provider, in the words of Pi's `registerProvider`. */
export interface SetupProvider extends Pick<ModelProvider, "baseUrl"> {
  name: string;
  api: string;
  /** `$NAME`: Pi takes the key from that environment variable. */
  apiKey: string;
  model: string;
  reasoning: boolean;
}

/** Marks our questions and our greeting among what Pi's own extensions may show. */
export type ChannelTitle = "tutti";

export type Question =
  | { ask: "gate"; id: string; name: string; input: unknown }
  | { ask: "tool"; id: string; name: string; input: unknown };

export type GateReply =
  /** `marker` is carried by what the call starts; `path` is the real path that the gate saw. */
  { effect: "allow"; marker: string; path?: string } | { effect: "deny"; reason: string };

export interface ToolReply {
  ok: boolean;
  text: string;
}
