/** The agent files that the gallery's server knows. */
import { agentSchema, type routes } from "@tutti/core";

export const knownAgents: (typeof routes)["agents"]["output"]["_output"] = {
  agents: [
    {
      file: "/opt/tutti/agents/polly.yaml",
      agent: agentSchema.parse({
        name: "polly",
        description: "Implements a task, has another vendor review it blind, and merges when you say so.",
        orchestration: "implement-review-merge",
        roles: {
          implementer: [{ harness: "claude-code" }, { harness: "codex" }, { harness: "pi" }],
          reviewer: [{ harness: "codex" }, { harness: "claude-code" }, { harness: "pi" }],
        },
      }),
    },
    {
      file: "/home/jo/.config/tutti/agents/home.yaml",
      agent: agentSchema.parse({
        name: "home",
        description: "A model of this machine writes, Codex reviews.",
        orchestration: "implement-review-merge",
        roles: {
          implementer: [{ harness: "pi", model: "qwen3-coder:30b", provider: "ollama" }],
          reviewer: [{ harness: "codex", effort: "high" }],
        },
        providers: {
          ollama: { baseUrl: "http://127.0.0.1:11434/v1", wire: "chat", vendor: "by-model" },
        },
        limits: { rounds: 2 },
      }),
    },
  ],
  problems: [
    {
      file: "/home/jo/code/todos/.tutti/agents/night.yaml",
      message: "night.yaml:7:5 roles.reviewer: no provider named openrouter; known: none",
    },
  ],
};
