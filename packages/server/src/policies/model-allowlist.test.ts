import type { Action } from "@tutti/core";
import { expect, test } from "vitest";
import { modelAllowlist } from "./model-allowlist.ts";
import { situation } from "./testing.ts";

const call = (model: string | null, vendor: string | null): Action => ({
  phase: "model-call",
  model,
  vendor,
  served: true,
});

test.each([
  [{ vendors: ["anthropic", "open*"] }, call("claude-x", "anthropic"), undefined],
  [{ vendors: ["anthropic", "open*"] }, call("gpt-9", "openai"), undefined],
  [{ vendors: ["anthropic"] }, call("gpt-9", "openai"), "deny"],
  [{ vendors: ["anthropic"] }, call("claude-x", null), "deny"],
  [{ models: ["claude-*"] }, call("claude-x", null), undefined],
  [{ models: ["claude-*"] }, call(null, "anthropic"), "deny"],
  [{ models: ["claude-*"], vendors: ["anthropic"] }, call("claude-x", "other"), "deny"],
  [
    { models: ["claude-*"] },
    { phase: "session-start", harness: "x", model: "gpt-9", vendor: "openai", baseUrl: null },
    "deny",
  ],
] satisfies [object, Action, string | undefined][])("%j, %j: %s", (params, action, effect) => {
  expect(
    modelAllowlist.evaluate(action, modelAllowlist.params.parse(params), undefined, situation)?.effect,
  ).toBe(effect);
});

test("a list of nothing is no list", () => {
  expect(modelAllowlist.params.safeParse({}).success).toBe(false);
});
