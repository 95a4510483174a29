import type { ModelProvider } from "@tutti/core";
import { parseScenario, startRehearsal } from "@tutti/rehearsal";

/** How many shell calls the longer of the two turns with tools makes, beyond the one of the shorter. */
export const furtherCalls = 20;

/** What a prompt asks the scripted model for. */
export const prompts = { plain: "bench: plain", oneCall: "bench: one call", manyCalls: "bench: many calls" };

const shellSteps = (count: number) =>
  Array.from({ length: count }, (_, index) => `      - shell: "echo ${index + 1}"`).join("\n");

const scenario = `
name: bench
parts:
  - name: plain
    match: { user: "${prompts.plain}" }
    steps:
      - say: "plain: ok"
  - name: one call
    match: { user: "${prompts.oneCall}" }
    steps:
${shellSteps(1)}
      - say: "calls: ok"
  - name: many calls
    match: { user: "${prompts.manyCalls}" }
    steps:
${shellSteps(1 + furtherCalls)}
      - say: "calls: ok"
`;

/** Scripted models on loopback, for the bare programs and for Tutti alike. */
export interface Models {
  provider(wire: ModelProvider["wire"]): ModelProvider;
  /** An id that clients of the wire know. */
  model(wire: ModelProvider["wire"]): string;
  close(): Promise<void>;
}

export async function startModels(): Promise<Models> {
  const rehearsal = await startRehearsal({ scenario: parseScenario(scenario, "bench") });
  const ids = { anthropic: "claude-sonnet-4-5", responses: "gpt-5.5", chat: "gpt-5.5" };
  return {
    provider: (wire) => ({ wire, baseUrl: rehearsal.baseUrls[wire], apiKeyEnv: "REHEARSAL_KEY" }),
    model: (wire) => ids[wire],
    close: () => rehearsal.close(),
  };
}
