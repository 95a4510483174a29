import { expect, it } from "vitest";
import { checkOf, originWords, paramLines, verdictWords } from "./sentences.ts";

it("says where a rule comes from", () => {
  const words = (from: string) => originWords({ from });
  expect(words("built in")).toBe("Built in");
  expect(words("/code/todos/.tutti/policies/db.yaml:2:3")).toBe("Project file");
  expect(words("/home/jo/.config/tutti/policies/db.yaml:2:3")).toBe("Yours");
});

it("writes parameters on a line each", () => {
  const params = { branches: ["main", "release/*"], userDay: { limit: 20 }, strict: true };
  expect(paramLines({ params })).toEqual(["branches: main, release/*", "userDay: limit 20", "strict: true"]);
});

it("says who brought a verdict about", () => {
  expect(verdictWords({ verdict: "ask", policy: ["a", "b"] })).toBe("Asks you: a, b");
  expect(verdictWords({ verdict: "allow", policy: [] })).toBe("Allowed");
});

it("takes what is typed for a command, an address for its host", () => {
  expect(checkOf("git push -f")).toEqual({ kind: "command", command: "git push -f" });
  expect(checkOf("https://example.org/a")).toEqual({ kind: "host", host: "example.org" });
  expect(checkOf("host: example.org")).toEqual({ kind: "host", host: "example.org" });
  expect(checkOf("  ")).toBeUndefined();
});
