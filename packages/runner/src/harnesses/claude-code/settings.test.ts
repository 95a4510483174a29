import { expect, test } from "vitest";
import { objection, routeOf } from "./settings.ts";

const none = { effective: {}, sources: [] };
const environment = { HOME: "/home/dev" };

test("a route is the vendor's own unless something points elsewhere", () => {
  expect(routeOf(none, { environment }, "firstParty")).toBe("own");
  expect(routeOf(none, { environment }, "bedrock")).toBe("redirected");
  const own = { ...environment, ANTHROPIC_BASE_URL: "https://api.anthropic.com" };
  expect(routeOf(none, { environment: own }, "firstParty")).toBe("own");
  for (const url of ["http://api.anthropic.com", "https://api.anthropic.com.example.org", "nonsense"]) {
    const elsewhere = { effective: { env: { ANTHROPIC_BASE_URL: url } }, sources: [] };
    expect(routeOf(elsewhere, { environment: own }, "firstParty")).toBe("redirected");
  }
  const vertex = { ...environment, CLAUDE_CODE_USE_VERTEX: "1" };
  expect(routeOf(none, { environment: vertex }, undefined)).toBe("redirected");
  const provider = { baseUrl: "http://127.0.0.1:1", wire: "anthropic" } as const;
  expect(routeOf(none, { environment, provider }, "firstParty")).toBe("provider");
});

test("managed settings are objected to like all others; Tutti's own are not", () => {
  const setting = (source: string) => ({
    effective: { disableAllHooks: true },
    sources: [{ source, settings: { disableAllHooks: true } }],
  });
  expect(objection(setting("policySettings"), undefined)).toMatchObject({
    kind: "settings",
    message: expect.stringMatching(/^disableAllHooks in the managed settings of this machine/),
  });
  expect(objection(setting("flagSettings"), undefined)).toBeUndefined();
});

test("managed settings that lead away from the model provider are objected to", () => {
  const inForce = { effective: { env: { ANTHROPIC_BASE_URL: "https://gateway.example" } }, sources: [] };
  expect(objection(inForce, { baseUrl: "http://127.0.0.1:1", wire: "anthropic" })).toMatchObject({
    kind: "settings",
  });
});
