import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { z } from "zod";
import { policies } from "./index.ts";
import { policyReference } from "./reference.ts";

test("the reference in docs/ is that of the policies", async () => {
  const written = await readFile(new URL("../../../../docs/policies.md", import.meta.url), "utf8");
  expect(written, "write it anew: node scripts/policy-reference.mjs").toBe(policyReference(policies));
});

test.each(policies.map((policy) => [policy.name, policy] as const))("%s describes itself", (_, policy) => {
  expect(policy.summary).toMatch(/^[A-Z].*\.$/);
  const { properties = {} } = z.toJSONSchema(policy.params, { io: "input", unrepresentable: "any" });
  for (const [name, property] of Object.entries(properties))
    expect(property, `${name} has a description`).toHaveProperty("description");
});
