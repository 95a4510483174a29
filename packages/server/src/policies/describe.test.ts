import { type PushFacts, type PushUpdate, type Situation, toolCallSchema } from "@tutti/core";
import { expect, test } from "vitest";
import { describe as described } from "./describe.ts";

const situation: Situation = {
  session: "s",
  role: null,
  workspace: "/w",
  home: "/home/ada",
  confined: false,
  pushGate: false,
  spending: null,
};
const shell = (command: string, cwd = "/w") =>
  described(
    {
      phase: "tool-call",
      call: toolCallSchema.parse({
        ...{ id: "c", kind: "shell", name: "Bash", input: { command }, fingerprint: command },
        ...{ command, cwd },
      }),
    },
    situation,
  );

const update = (more: Partial<PushUpdate>): PushUpdate => ({
  ...{
    ref: "refs/heads/release",
    old: "a".repeat(40),
    new: "b".repeat(40),
    kind: "fast-forward",
    tag: false,
  },
  ...{ removed: { count: 0, commits: [] }, rewritten: 0, added: { count: 1, commits: [] } },
  ...more,
});
const push = (...updates: PushUpdate[]) => {
  const facts: PushFacts = {
    remote: "origin",
    url: "ssh://example.org/x",
    updates,
    atomic: false,
    options: [],
  };
  return described({ phase: "push", push: facts }, situation);
};

test("a command spelled a little differently is the same one; another folder or order is another", () => {
  const one = shell("git push --force origin 'main'");
  expect(shell("git  push origin main -f").identity).toBe(one.identity);
  expect(shell("git push --force origin 'main'", "/elsewhere").identity).not.toBe(one.identity);
  expect(shell("git push --force main origin").identity).not.toBe(one.identity);
});

test("what cannot be undone has no rule for all alike, and says what happens", () => {
  expect(shell("git push --force origin main")).toMatchObject({ weight: "irreversible" });
  expect(shell("git push --force origin main").rule).toBeUndefined();
  expect(shell("npm test")).toMatchObject({
    weight: "routine",
    effect: ["It runs npm."],
    rule: expect.anything(),
  });
});

test("a push says which commits disappear, what takes their place, and a safer way", () => {
  const forced = update({ kind: "forced", removed: { count: 3, commits: [] }, rewritten: 1 });
  expect(push(forced)).toMatchObject({
    weight: "irreversible",
    effect: [
      "release on origin is overwritten: 3 commits disappear (1 of them comes back with the same patch), 1 commit takes their place.",
    ],
    alternative: expect.stringContaining("git push origin HEAD:release-rewritten"),
  });
  expect(push(forced).rule).toBeUndefined();
  expect(push(update({}))).toMatchObject({
    weight: "leaves-machine",
    effect: ["1 commit is added to release on origin; nothing is lost."],
    rule: { words: "pushes to release of origin that only add commits" },
  });
  expect(push(update({ kind: "delete", new: null, removed: { count: 1, commits: [] } })).effect).toEqual([
    "release is deleted on origin, and 1 commit with it that no other branch there has.",
  ]);
});
