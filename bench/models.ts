import type { ModelProvider } from "@tutti/core";
import { parseScenario, startRehearsal } from "@tutti/rehearsal";

/** How many shell calls the turn with tools makes, one after the other. */
const calls = 12;

/** What a prompt asks the scripted model for. */
export const prompts = { plain: "bench: plain", calls: "bench: calls" };

const scenario = `
name: bench
parts:
  - name: plain
    match: { user: "${prompts.plain}" }
    steps:
      - say: "plain: ok"
  - name: calls
    match: { user: "${prompts.calls}" }
    steps:
${Array.from({ length: calls }, (_, index) => `      - shell: "echo ${index + 1}"`).join("\n")}
      - say: "calls: ok"
`;

/** Scripted models on loopback, for the bare programs and for Tutti alike. */
export interface Models {
  provider(wire: ModelProvider["wire"]): ModelProvider;
  /** An id that clients of the wire know. */
  model(wire: ModelProvider["wire"]): string;
  /**
   * Milliseconds from each time that an answer was asked for to the next, while something plays: in a turn with tools, what
   * one call takes, from the model's word to the result that comes back to it.
   */
  intervals(play: () => Promise<unknown>): Promise<number[]>;
  close(): Promise<void>;
}

export async function startModels(): Promise<Models> {
  let asked: number[] = [];
  const rehearsal = await startRehearsal({
    scenario: parseScenario(scenario, "bench"),
    onRequest({ tools }) {
      // Titles and the like are asked for without tools.
      if (tools.length > 0) asked.push(performance.now());
    },
  });
  const ids = { anthropic: "claude-sonnet-4-5", responses: "gpt-5.5", chat: "gpt-5.5" };
  return {
    provider: (wire) => ({ wire, baseUrl: rehearsal.baseUrls[wire], apiKeyEnv: "REHEARSAL_KEY" }),
    model: (wire) => ids[wire],
    async intervals(play) {
      asked = [];
      await play();
      if (asked.length !== calls + 1)
        throw new Error(`a turn with ${calls} calls asked for ${asked.length} answers`);
      return asked.slice(1).map((time, index) => time - (asked[index] ?? time));
    },
    close: () => rehearsal.close(),
  };
}
