import { expect, test } from "vitest";
import { hotParts } from "./hot-words.ts";

const marked = (command: string, ...texts: string[]) =>
  hotParts(command, texts)
    .map(({ text, hot }) => (hot ? `[${text}]` : text))
    .join("");

test.each([
  ["rm -rf build/cache", ["It deletes a folder (build/cache)."], "rm -rf [build/cache]"],
  [
    "curl https://api.example.com/v1",
    ["api.example.com is not on the list."],
    "curl https://[api.example.com]/v1",
  ],
  ["git push origin main", ["The push changes a branch of origin."], "git push origin main"],
  ["echo build/cache2", ["It deletes build/cache."], "echo build/cache2"],
  ["npm i", [], "npm i"],
])("in %j what the words name is marked", (command, texts, expected) => {
  expect(marked(command, ...texts)).toBe(expected);
});

test("whatever is marked, the command stays whole", () => {
  const command = "a/b a/b/c --a/b";
  expect(
    hotParts(command, ["a/b/c and a/bb and --a/b"])
      .map(({ text }) => text)
      .join(""),
  ).toBe(command);
});
