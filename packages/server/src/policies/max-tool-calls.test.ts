import { expect, test } from "vitest";
import { maxToolCalls } from "./max-tool-calls.ts";
import { situation, toolCall } from "./testing.ts";

/** Carries calls (`c`) and requests (`r`) out and tells what was ruled; an ask is answered yes. */
function play(params: object, actions: string): string {
  const parsed = maxToolCalls.params.parse(params);
  let state = maxToolCalls.state?.parse(undefined) ?? expect.unreachable();
  let told = "";
  for (const one of actions) {
    const action = one === "r" ? ({ phase: "request", text: "go" } as const) : toolCall({});
    const ruling = maxToolCalls.evaluate(action, parsed, state, situation);
    told += ruling?.effect === "ask" ? "?" : ruling?.effect === "deny" ? "-" : one;
    if (ruling?.state !== undefined && ruling.effect !== "deny") state = ruling.state;
  }
  return told;
}

test.each([
  ["a turn's calls, until a new one begins", { perTurn: 3 }, "rcccrccc", "rcccrccc"],
  ["one more, and as many again after a yes", { perTurn: 3 }, "rcccccccc", "rccc?cc?c"],
  ["the session's, over all turns", { perSession: 4 }, "rccrccrc", "rccrccr?"],
  ["a no that stays", { perTurn: 2, effect: "deny" }, "rcccc", "rcc--"],
])("counts %s", (_, params, actions, told) => {
  expect(play(params, actions)).toBe(told);
});
