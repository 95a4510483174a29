import type { Action, PushUpdate } from "@tutti/core";
import { expect, test } from "vitest";
import { destructiveGit } from "./destructive-git.ts";
import { protectedBranches } from "./protected-branches.ts";
import { corpusSituation } from "./shell/judge-corpus.ts";

const sha = (sign: string) => sign.repeat(40);
const none = { count: 0, commits: [] };
const push = (...updates: Partial<PushUpdate>[]): Action => ({
  phase: "push",
  push: {
    remote: "origin",
    url: "https://example.com/r.git",
    atomic: false,
    options: [],
    updates: updates.map((update) => ({
      ref: "refs/heads/feature/x",
      old: sha("a"),
      new: sha("b"),
      kind: "fast-forward",
      tag: false,
      removed: none,
      rewritten: 0,
      added: none,
      ...update,
    })),
  },
});
const git = (action: Action) => destructiveGit.evaluate(action, {}, undefined, corpusSituation);
const guard = (action: Action, params: object = {}) =>
  protectedBranches.evaluate(action, protectedBranches.params.parse(params), undefined, corpusSituation);

test("what a push really overwrites or deletes is asked about", () => {
  expect(git(push({}))).toBeUndefined();
  expect(git(push({ kind: "create", old: null }))).toBeUndefined();
  expect(git(push({ kind: "forced", removed: { count: 3, commits: [] } }))).toMatchObject({
    effect: "ask",
    reason: "It overwrites feature/x on origin, which loses 3 commits.",
    weight: "irreversible",
  });
  expect(git(push({ kind: "delete", new: null }))).toMatchObject({
    reason: "It deletes feature/x on origin.",
  });
});

test("a protected branch is guarded by the facts of the push", () => {
  const main = { ref: "refs/heads/main" };
  expect(guard(push({}))).toBeUndefined();
  expect(guard(push({ kind: "forced" }))).toBeUndefined();
  expect(guard(push({ ref: "refs/tags/main", tag: true, kind: "forced" }))).toBeUndefined();
  expect(guard(push(main))).toMatchObject({ effect: "ask", weight: "leaves-machine" });
  expect(guard(push(main), { fastForwards: true })).toBeUndefined();
  expect(guard(push({ ...main, kind: "forced" }), { fastForwards: true })).toMatchObject({
    weight: "irreversible",
  });
  expect(guard(push({}, { ...main, kind: "delete", new: null }))).toMatchObject({
    reason: "It deletes the protected branch main on origin.",
  });
  expect(guard(push({ ref: "refs/heads/release/1.2" }))).toMatchObject({ effect: "ask" });
  expect(guard(push({ ref: "refs/heads/release/1/2" }))).toBeUndefined();
  expect(guard(push({ ref: "refs/heads/trunk" }), { branches: ["trunk"] })).toMatchObject({ effect: "ask" });
});
