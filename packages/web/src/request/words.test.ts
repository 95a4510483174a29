import type { ApprovalState, InboxItem, PushUpdate } from "@tutti/core";
import { expect, test } from "vitest";
import {
  alternativeLabel,
  endedWords,
  findItem,
  headline,
  lossOf,
  newsWords,
  plainText,
  rowDetail,
  rowTitle,
  verbOf,
} from "./words.ts";

const at = "2030-01-01T12:00:00.000Z";
const sha = (letter: string) => letter.repeat(40);
const commits = (...of: [string, string][]) => ({
  count: of.length,
  commits: of.map(([letter, author]) => ({ sha: sha(letter), subject: "s", author, at })),
});
const none = commits();
const forced: PushUpdate = {
  ...{ ref: "refs/heads/feat/x", old: sha("a"), new: sha("c"), kind: "forced", tag: false, rewritten: 0 },
  ...{ removed: commits(["a", "Mira"], ["b", "Mira"]), added: commits(["c", "Jo"]) },
};
const asked = {
  ...{ reason: "Because.", policies: ["p"], effect: ["It runs npm."], weight: "routine" as const },
  ...{ quote: "", identity: "i" },
};
const push = (...updates: PushUpdate[]) => ({
  ...asked,
  ...{ kind: "push" as const, push: "p", turn: null },
  facts: { remote: "origin", url: "u", updates, atomic: false, options: [] },
});
const call = { id: "c", kind: "shell" as const, name: "Bash", input: {}, command: "npm i", fingerprint: "f" };
const tool = { ...asked, kind: "tool" as const, turn: "t", call };
type Question = Extract<InboxItem, { kind: "question" }>;
const shared = { root: "r", title: "Search", repository: "/r/todos", harnesses: [], at };
const question = (subject: Question["subject"], more: Partial<Question> = {}): Question => ({
  ...{ kind: "question", ...shared, costUsd: 1, costSource: "list" },
  ...{ session: "s", approval: "a-1", subject, holdsUp: 2, likeness: null, ...more },
});
const failed: InboxItem = {
  ...{ kind: "failed", ...shared, costUsd: 2.9, costSource: "list" },
  ...{ task: "t", outcome: "checks-failed", detail: "" },
};

test.each<[string, InboxItem, [verb: string, title: string, end: string]]>([
  ["a call", question(tool), ["Decide", "Run npm i", "Holds up 2 agents"]],
  ["a force-push", question(push(forced)), ["Decide", "Force-push over 2 commits", "Holds up 2 agents"]],
  [
    "a push that only adds",
    question(push({ ...forced, kind: "fast-forward", removed: none })),
    ["Decide", "Push 1 commit to feat/x", "Holds up 2 agents"],
  ],
  ["several refs", question(push(forced, forced)), ["Decide", "Push 2 refs to origin", "Holds up 2 agents"]],
  [
    "money",
    question({
      ...tool,
      agreements: [{ scope: "tree", of: "r", day: null, usd: 10, unknown: false }],
    }),
    ["Pay", "Let this request spend up to $10.00", "Holds up 2 agents"],
  ],
  ["what failed", failed, ["Unblock", "Checks failed", "$2.90"]],
])("a row tells of %s", (_, item, [verb, title, end]) => {
  expect([verbOf(item), rowTitle(item), rowDetail(item).end]).toEqual([verb, title, end]);
});

test.each<[string, PushUpdate, string]>([
  ["what is lost", forced, "Force-push would remove 2\u00a0commits from origin/feat/x"],
  [
    "that nothing is lost where all come back",
    { ...forced, rewritten: 2 },
    "Force-push would rewrite origin/feat/x, and no commit disappears",
  ],
  [
    "only what does not come back",
    { ...forced, rewritten: 1 },
    "Force-push would remove 1\u00a0commit from origin/feat/x",
  ],
  [
    "a deletion",
    { ...forced, kind: "delete", new: null, added: none },
    "Push would delete origin/feat/x with 2\u00a0commits",
  ],
])("the headline says %s", (_, update, words) => {
  expect(plainText(headline(question(push(update))))).toBe(words);
});

test("a confirmation names what would be lost", () => {
  const loss = lossOf(push(forced));
  expect(loss).toMatchObject({ title: "Lose 2 commits by Mira?", lose: "Lose 2 commits and push" });
  expect(plainText(loss.detail)).toBe("aaaaaaa and bbbbbbb leave origin/feat/x.");
  expect(lossOf(push({ ...forced, removed: { ...forced.removed, count: 40 } })).title).toBe(
    "Lose 40 commits?",
  );
  expect(plainText(lossOf({ ...tool, weight: "irreversible" }).detail)).toBe("It runs npm.");
});

test.each([
  ["Push to a new branch instead: git push origin HEAD:x", "Push to a new branch instead"],
  [
    "Push to a new branch of origin instead (git push …), and leave x.",
    "Push to a new branch of origin instead",
  ],
  ["Move it to a folder.", "Move it to a folder"],
  ["Choose a cheaper model for the agent's next turns before you answer.", "Take the safer way instead"],
])("of the safer way %j the button says %j", (alternative, label) => {
  expect(alternativeLabel(alternative)).toBe(label);
});

test("an item is found by its own key, and a failed one by its session", () => {
  const items = [question(tool), failed];
  expect(findItem(items, "a-1")).toBe(items[0]);
  expect(findItem(items, "r/t")).toBe(failed);
  expect(findItem(items, "r")).toBe(failed);
  expect(findItem(items, "s")).toBeUndefined();
});

test("who answered, and how, is told to whom it concerns", () => {
  type Answered = NonNullable<ApprovalState["answered"]>;
  const answered = (via: Answered["via"], name = "Jo"): Answered => ({
    ...{ answer: "deny", by: { kind: "person", name }, at, via },
  });
  expect(endedWords({ answered: answered("person") }, "Jo")).toMatch(
    /^Answered on another device at \S+: denied$/,
  );
  expect(endedWords({ answered: answered("person", "Mira") }, "Jo")).toMatch(
    /^Answered by Mira at \S+: denied$/,
  );
  expect(endedWords({ answered: answered("no-answer") }, "Jo")).toMatch(/^Nobody answered by \S+: denied$/);
  expect(endedWords({ withdrawn: "the branch moved" }, "Jo")).toBe("This request ended: the branch moved");
  expect(endedWords({}, "Jo")).toBeUndefined();
});

test("news say what became of a session and what it cost", () => {
  const news = { activity: "merged", detail: sha("a"), costUsd: 0.61, costSource: "list" } as const;
  expect(newsWords(news)).toEqual({ word: "Merged", rest: "as aaaaaaa, $0.61" });
  expect(newsWords({ ...news, activity: "idle", detail: "completed", costUsd: 0 }).rest).toBe("");
});
