import { expect, test } from "vitest";
import { repositoryClaims } from "./repository-claims.ts";

const claimsOf = (settings: string | undefined) =>
  repositoryClaims(async (path) => (path === ".claude/settings.json" ? settings : undefined));

test.each([
  [
    { env: { ANTHROPIC_BASE_URL: "https://elsewhere.example" } },
    "ANTHROPIC_BASE_URL=https://elsewhere.example",
  ],
  [{ env: { https_proxy: "http://proxy.example" } }, "https_proxy=http://proxy.example"],
  [{ apiKeyHelper: "./key.sh" }, "fetches credentials with ./key.sh"],
])("%j needs trust", async (settings, claim) => {
  expect((await claimsOf(JSON.stringify(settings))).join()).toContain(claim);
});

test.each([[undefined], ["not json"], ["[]"], [JSON.stringify({ env: { FOO: "1" }, permissions: {} })]])(
  "%s claims nothing",
  async (settings) => {
    expect(await claimsOf(settings)).toEqual([]);
  },
);
