import type { Action } from "@tutti/core";
import { expect, test } from "vitest";
import { evaluator, parsePolicyFile, usesSpending } from "./index.ts";
import { edit, shell, situation } from "./testing.ts";

const parse = (text: string, level: "server" | "agent" = "agent", file = "/x/team.yaml") =>
  parsePolicyFile(file, text, level);
const rule = (when: string, more = "") =>
  `rules:\n  - name: r\n    when: ${when}\n    effect: ask\n    reason: look at it\n${more}`;
const decide = (text: string, action: Action) => {
  const read = parse(text);
  if (!read.ok) throw new Error(read.message);
  return evaluator()(read.found.uses, action, {}, situation).decision;
};
const push = (kind: "forced" | "create", ref = "refs/heads/main"): Action => ({
  phase: "push",
  push: {
    remote: "origin",
    url: "https://x/y",
    atomic: false,
    options: [],
    updates: [
      {
        ref,
        old: null,
        new: "a".repeat(40),
        kind,
        tag: false,
        removed: { count: 0, commits: [] },
        rewritten: 0,
        added: { count: 3, commits: [] },
      },
    ],
  },
});

test.each([
  [`'call.kind == "shell" && call.command.contains("terraform apply")'`, shell("terraform apply"), "ask"],
  [`'call.kind == "shell" && call.command.contains("terraform apply")'`, shell("terraform plan"), "allow"],
  [`'call.paths.exists(p, glob(p, "**/migrations/**"))'`, edit("/w/migrations/1.sql"), "ask"],
  [`'call.paths.exists(p, glob(p, "**/migrations/**"))'`, edit("/w/src/1.sql"), "allow"],
  [`'push.updates.exists(u, u.kind == "forced" && u.branch == "main")'`, push("forced"), "ask"],
  [`'push.updates.exists(u, u.added > 2)'`, push("create"), "ask"],
  [`'push.updates.exists(u, u.kind == "forced" && u.branch == "main")'`, push("create"), "allow"],
  [`'text.matches("(?i:password)")'`, { phase: "request", text: "my Password" }, "ask"],
  [`'model.startsWith("gpt")'`, { phase: "model-call", model: "gpt-9", vendor: null, served: false }, "ask"],
  [`'phase == "push"'`, push("create"), "ask"],
  [`'session.role == "" && !session.confined'`, shell("ls"), "ask"],
] satisfies [string, Action, string][])("%s", (when, action, effect) => {
  expect(decide(rule(when), action).effect).toBe(effect);
});

test("a rule may name what was spent, in dollars", () => {
  const none = { usd: 0, subscriptionUsd: 0 };
  const spent = (usd: number) => ({
    of: "s",
    usd,
    unknownCalls: 0,
    subscription: { usd: 0, unknownCalls: 0 },
    reserved: none,
    agreed: { usd: 0, unknown: false },
  });
  const spending = {
    day: "2030-01-31",
    session: spent(1),
    tree: spent(6),
    projectToday: null,
    userToday: null,
  };
  const read = parse(rule(`'spending.tree > 5.0 && spending.userToday < 1.0'`));
  if (!read.ok) throw new Error(read.message);
  expect(usesSpending(read.found.uses)).toBe(true);
  const call: Action = { phase: "model-call", model: null, vendor: null, served: false };
  const decided = (at: typeof situation) => evaluator()(read.found.uses, call, {}, at).decision.effect;
  expect(decided({ ...situation, spending })).toBe("ask");
  expect(decided(situation)).toBe("allow");
});

test("the strictest rule counts, and a shadowed one reports", () => {
  const text = `${rule('"true"')}  - { name: s, when: "true", effect: deny, reason: no way, shadow: true }\n`;
  expect(decide(text, shell("ls"))).toEqual({
    effect: "ask",
    reason: "look at it (rule r)",
    policies: ["team.yaml"],
    reported: [{ policy: "team.yaml", effect: "deny", reason: "no way (rule s)" }],
  });
});

test("an expression that cannot be evaluated denies, and says what to write", () => {
  expect(decide(rule(`'call.input.url == "x"'`), shell("ls"))).toMatchObject({
    effect: "deny",
    reason: expect.stringMatching(/rule r cannot be evaluated.*url.*has\(…\)/),
  });
  expect(decide(rule(`'has(call.input.url) && call.input.url == "x"'`), shell("ls")).effect).toBe("allow");
});

test.each([
  ["an unknown field", rule(`'call.knd == "x"'`), "team.yaml:3:17: rules.0.when: No such key: knd"],
  ["plain text", rule(`call.knd == "x"`), "team.yaml:3:16: rules.0.when: No such key: knd"],
  [
    "a block of lines",
    rule(`|\n      call.kind == "shell" &&\n        call.knd == "x"`),
    "team.yaml:5:14: rules.0.when: No such key: knd",
  ],
  [
    "folded lines",
    rule(`>-\n      call.kind == "shell"\n      && call.knd == "x"`),
    "team.yaml:5:15: rules.0.when: No such key: knd",
  ],
  [
    "escapes",
    rule(`"call.kind == \\"x\\" && call.knd == \\"x\\""`),
    "team.yaml:3:39: rules.0.when: No such key: knd",
  ],
  ["two types", rule(`'call.kind == 1'`), /^team\.yaml:3:12: rules\.0\.when: no such overload/],
  [
    "no yes or no",
    rule(`'call.kind'`),
    "team.yaml:3:12: rules.0.when: is a string, and must be a bool: yes or no",
  ],
  ["an end too soon", rule(`'call.kind =='`), /^team\.yaml:3:24: rules\.0\.when: /],
  ["an unknown name", rule(`'cal.kind == "x"'`), /^team\.yaml:3:12: rules\.0\.when: .*cal/],
  ["a pattern that may run for ever", rule(`'text.matches("(a+)+b")'`), /^team\.yaml:3:12: .*for ever/],
  ["a pattern that is none", rule(`'text.matches("(?i)x")'`), /^team\.yaml:3:12: .*no pattern/],
  ["a pattern that is computed", rule(`'text.matches(text)'`), /written out/],
  [
    "an effect that loosens",
    rule('"true"').replace("ask", "allow"),
    /^team\.yaml:4:5: rules\.0\.effect: a rule asks or denies/,
  ],
  ["an unknown key", "rulez: []\n", "team.yaml:1:1: rulez: unknown field"],
  ["broken YAML", "rules: [\n", /^team\.yaml:\d+:\d+: /],
  [
    "a rule that a repository turns off",
    "policies:\n  - name: x\n    off: true\n",
    /^team\.yaml:3:5: .*turns off none/,
  ],
  ["a program in a list", "policies:\n  - name: program\n", /^team\.yaml:2:5: .*file of its own/],
])("tells where the mistake is: %s", (_, text, message) => {
  const read = parse(text);
  expect(read.ok ? read : read.message).toEqual(
    typeof message === "string" ? message : expect.stringMatching(message),
  );
});

test("a person's file may turn a rule off, and a program is a use with its text", () => {
  expect(parse("policies:\n  - { name: x, off: true }\n", "server")).toMatchObject({
    ok: true,
    found: { off: ["x"] },
  });
  const read = parse("export const policy = 1;", "agent", "mine.ts");
  expect(read).toMatchObject({
    ok: true,
    found: { uses: [{ name: "program", params: { name: "mine", source: "export const policy = 1;" } }] },
  });
});
