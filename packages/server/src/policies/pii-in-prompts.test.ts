import { expect, test } from "vitest";
import { piiInPrompts } from "./pii-in-prompts.ts";
import { situation } from "./testing.ts";

const rule = (text: string, params: object = {}) =>
  piiInPrompts.evaluate({ phase: "request", text }, piiInPrompts.params.parse(params), undefined, situation);

test.each([
  "Fix the bug in src/a.ts:120, see commit 4111111111111112",
  "clone git@github.com:a/b.git and write to user@example.com",
  "version 10.20.30.40, build 2030-01-01 12:30:45, port 5432",
  "hash 3b18e512dba79e4c8300dd08aeb37f8e728b8dad, id 550e8400-e29b-41d4-a716-446655440000",
  "timestamp 1767225600000, order 000-12-3456, 1234567890123456",
  "DE00 3704 0044 0532 0130 00 has a wrong checksum",
  "npm i left-pad@1.3.0 and @scope/pkg@2.0.0",
])("sees nothing in %s", (text) => {
  expect(rule(text)).toBeUndefined();
});

test.each([
  ["write to ada.lovelace@analytical.engine.org please", "an e-mail address"],
  ["call +49 30 123456 78", "a phone number"],
  ["call (415) 555-2671", "a phone number"],
  ["card 4111 1111 1111 1111", "a card number"],
  ["card 378282246310005", "a card number"],
  ["DE89 3704 0044 0532 0130 00", "IBAN"],
  ["GB82WEST12345698765432", "IBAN"],
  ["ssn 078-05-1120", "social security"],
])("asks about %s", (text, words) => {
  expect(rule(text)).toMatchObject({ effect: "ask", reason: expect.stringContaining(words) });
});

test("looks for what it is told to", () => {
  expect(rule("ada@engine.org", { kinds: ["card"] })).toBeUndefined();
  expect(rule("ada@engine.org", { effect: "deny" })).toMatchObject({ effect: "deny" });
});
