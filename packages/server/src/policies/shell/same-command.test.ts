import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { identityOf } from "./same-command.ts";

const cwd = "/state/work/task-1";
const same = (...lines: string[]) => new Set(lines.map((line) => identityOf(line, cwd))).size === 1;

describe("identityOf", () => {
  it.each([
    [
      "git push --force origin x",
      "git  push   origin x --force",
      "git push -f origin x",
      "'git' \"push\" -f origin 'x'",
    ],
    [
      "git push -fu origin x",
      "git push -uf origin x",
      "git push --set-upstream --force origin x",
      "git push -u -f origin x",
    ],
    [
      "git push -o ci.skip origin x",
      "git push --push-option=ci.skip origin x",
      "git push origin --push-option ci.skip x",
    ],
    ["rm -rf a", "rm  -rf  'a'", 'r\\m -rf "a"', `cd ${cwd} && rm -rf a`, "cd . && rm -rf a"],
    ["git reset --hard HEAD~1", "git reset HEAD~1 --hard", "git 'reset' --hard HEAD~1"],
    ["cat a > b", "cat 'a' >b"],
  ])("is the same for %s and other spellings", (...lines) => {
    expect(same(...lines)).toBe(true);
  });

  it.each([
    ["git push origin x", "git push origin y"],
    ["git push origin x", "git push x origin"],
    ["git push origin x", "git push -f origin x"],
    ["git push --force --no-force origin x", "git push --no-force --force origin x"],
    ["git push --force origin x", "git push --force-with-lease origin x"],
    ["git checkout a -- b", "git checkout -- a b"],
    ["git checkout -b a", "git checkout a"],
    ["rm -rf a b", "rm -rf b a"],
    ["rm -rf a b", "rm -rf 'a b'"],
    ["rm -rf *", "rm -rf '*'"],
    ["rm -r -f a", "rm -rf a"],
    ["cat a > b", "cat a >> b"],
    ["cat a > b", "cat a > c"],
    ["a && b", "a || b"],
    ["a | b", "a; b"],
    ["A=1 npm test", "A=2 npm test"],
    ["sudo rm a", "rm a"],
    ["cd sub && rm a", "rm a"],
    ["$X a", "$X b"],
    ["git push origin $X", "git push origin $Y"],
    ["echo a # b", "echo a"],
    ["if a; then b; fi", "a; b"],
    ["! npm test", "npm test"],
    ["npm test &", "npm test"],
    ["cat <<E\na\nE", "cat <<E\nb\nE"],
    ["touch '~/x'", "touch ~/x"],
  ])("tells %s from %s", (one, other) => {
    expect(same(one, other)).toBe(false);
  });

  it("tells folders apart", () => {
    expect(identityOf("rm a", "/one")).not.toBe(identityOf("rm a", "/two"));
  });
});

const flags = ["--force", "--tags", "-u", "--no-verify", "--atomic", "-q"];
const word = fc.stringMatching(/^[a-z][a-z/]{0,8}$/);
const quoted = (text: string, how: number) =>
  [text, `'${text}'`, `"${text}"`, `${text[0]}''${text.slice(1)}`, `\\${text}`][how] ?? text;

test("reordering flags and requoting keeps the identity", () => {
  const shape = fc.record({
    flags: fc.subarray(flags),
    refs: fc.array(word, { minLength: 1, maxLength: 3 }),
    quotes: fc.array(fc.nat(4), { minLength: 12, maxLength: 12 }),
    places: fc.array(fc.nat(10), { minLength: 6, maxLength: 6 }),
    gap: fc.constantFrom(" ", "  ", "\t"),
  });
  fc.assert(
    fc.property(shape, ({ flags: chosen, refs, quotes, places, gap }) => {
      const straight = ["git", "push", ...chosen, "origin", ...refs].join(" ");
      const words = ["origin", ...refs].map((text, index) => quoted(text, quotes[index] ?? 0));
      for (const [index, flag] of chosen.entries())
        words.splice(
          (places[index] ?? 0) % (words.length + 1),
          0,
          flag.startsWith("--") ? quoted(flag, (quotes[index] ?? 0) % 3) : flag,
        );
      expect(identityOf(["git", "push", ...words].join(gap), cwd)).toBe(identityOf(straight, cwd));
    }),
    { numRuns: 300 },
  );
});

test("changing a word that is no flag changes the identity", () => {
  const shape = fc.record({
    program: fc.constantFrom(["git", "push", "-f"], ["git", "branch", "-D"], ["rm", "-rf"], ["npm", "run"]),
    words: fc.array(word, { minLength: 1, maxLength: 4 }),
    at: fc.nat(3),
    other: word,
  });
  fc.assert(
    fc.property(shape, ({ program, words, at, other }) => {
      const changed = words.map((text, index) => (index === at % words.length ? other : text));
      fc.pre(changed.join(" ") !== words.join(" "));
      expect(identityOf([...program, ...changed].join(" "), cwd)).not.toBe(
        identityOf([...program, ...words].join(" "), cwd),
      );
    }),
    { numRuns: 300 },
  );
});
