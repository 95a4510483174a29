import { expect, test } from "vitest";
import { detectLoop } from "./detect-loop.ts";
import { situation, toolCall } from "./testing.ts";

/** Each letter is a call of its own; `!` stands for a question, which is answered yes. */
function play(params: object, calls: string): string {
  const parsed = detectLoop.params.parse(params);
  let state: string[] = [];
  let told = "";
  for (const fingerprint of calls) {
    const ruling = detectLoop.evaluate(toolCall({ fingerprint }), parsed, state, situation);
    told += ruling?.effect === "ask" ? "!" : fingerprint;
    state = ruling?.state ?? state;
  }
  return told;
}

test.each([
  ["different calls", { times: 3 }, "abcdefgh", "abcdefgh"],
  ["the same call", { times: 3 }, "abaaab", "abaa!b"],
  ["the same call, with another in between", { times: 3 }, "aabaab", "aabaab"],
  ["a cycle of two", { times: 3 }, "xababab", "xababa!"],
  ["a cycle of four", { times: 3 }, "abcdabcdabcd", "abcdabcdabc!"],
  ["a cycle that is too long to be seen", { times: 3, cycle: 3 }, "abcdabcdabcd", "abcdabcdabcd"],
  ["more after a yes", { times: 3 }, "aaaaaa", "aa!aa!"],
  ["the tests run again after each edit", {}, "tatbtctdtetftgth", "tatbtctdtetftgth"],
])("%s", (_, params, calls, told) => {
  expect(play(params, calls)).toBe(told);
});
