import { expect, test } from "vitest";
import { parseConfig } from "./config.ts";

test("checks, set-up and copies are read; an empty file says nothing", () => {
  expect(
    parseConfig(
      "checks:\n  - name: test\n    run: npm test\n    timeout: 60\nsetup: npm ci\ncopy: ['.env*']\n",
    ),
  ).toEqual({
    ok: true,
    config: { checks: [{ name: "test", run: "npm test", timeout: 60 }], setup: "npm ci", copy: [".env*"] },
  });
  expect(parseConfig("# nothing\n")).toEqual({ ok: true, config: {} });
});

test.each([
  ["checks:\n  - name: a\n    run: x\n    timout: 5\n", ".tutti/config.yaml:4: checks.0.timout: unknown key"],
  ["copy: []\nextra: 1\n", ".tutti/config.yaml:2: extra: unknown key; known are checks, setup, copy"],
  ["copy:\n  - ok\n  - 7\n", ".tutti/config.yaml:3: copy.1: "],
  [
    "checks:\n  - {name: a, run: x}\n  - {name: a, run: y}\n",
    ".tutti/config.yaml:1: checks: two checks have the same name",
  ],
  ["checks:\n  - name: a\n", ".tutti/config.yaml:2: checks.0.run: "],
  ["setup:\n  deep: true\n", ".tutti/config.yaml:1: setup: a command, or a list of commands"],
  ["copy: [a\nchecks: []\n", ".tutti/config.yaml:"],
  ["- a\n", ".tutti/config.yaml:1: "],
])("%j is refused with its line", (text, message) => {
  const result = parseConfig(text);
  expect(result.ok ? "" : result.message).toContain(message);
});
