import { expect, test } from "vitest";
import { askOnTools } from "./ask-on-tools.ts";
import { situation, toolCall } from "./testing.ts";

test.each([
  [["mcp"], { kind: "mcp", name: "mcp__x__y" }, "ask"],
  [["mcp__deploy__*"], { kind: "mcp", name: "mcp__deploy__start" }, "ask"],
  [["mcp__deploy__*"], { kind: "mcp", name: "mcp__wiki__read" }, undefined],
  [["Web*", "subagent"], { kind: "web", name: "WebFetch" }, "ask"],
  [["Web*", "subagent"], { kind: "shell", name: "Bash" }, undefined],
] as const)("%j and %j: %s", (tools, call, effect) => {
  const params = askOnTools.params.parse({ tools });
  expect(askOnTools.evaluate(toolCall(call), params, undefined, situation)?.effect).toBe(effect);
});

test("says why, and needs to know which tools", () => {
  const params = askOnTools.params.parse({ tools: ["*"], effect: "deny", reason: "not here" });
  expect(askOnTools.evaluate(toolCall({}), params, undefined, situation)).toEqual({
    effect: "deny",
    reason: "not here",
  });
  expect(askOnTools.params.safeParse({}).success).toBe(false);
});
