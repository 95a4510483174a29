import type { Action, Situation, Spending, Spent } from "@tutti/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { budget } from "./budget.ts";
import { policyRefusal } from "./index.ts";

const call: Action = { phase: "model-call", model: "m", vendor: null, served: false };
const spent = (more: Partial<Spent> = {}): Spent => ({
  ...{ of: "r", usd: 0, unknownCalls: 0, subscription: { usd: 0, unknownCalls: 0 } },
  ...{ reserved: { usd: 0, subscriptionUsd: 0 }, agreed: { usd: 0, unknown: false } },
  ...more,
});
const situation = (spending: Partial<Spending> | null): Situation => ({
  ...{ session: "s", role: null, workspace: null, home: null, confined: false, pushGate: false },
  spending: spending && {
    ...{ day: "2030-01-31", session: spent(), tree: spent(), projectToday: null, userToday: null },
    ...spending,
  },
});
const rule = (params: object, spending: Partial<Spending> | null, action: Action = call) =>
  budget.evaluate(action, budget.params.parse(params), undefined, situation(spending));

test.each([
  [{}, "name a limit"],
  [{ tree: { limit: 0 } }, "expected number to be >0"],
  [{ tree: { limit: 5, warn: 5 } }, "warn must be below limit"],
  [{ tree: { limit: 5 }, unknown: "ignore" }, "Invalid input"],
])("parameters %j are refused when the session is created", (params, message) => {
  const refusal = policyRefusal([{ name: "budget", params, level: "session" }]);
  expect(refusal?.message).toContain(message);
});

test("it has no word on what is no call of a model, and says no where nobody counts", () => {
  const params = { tree: { limit: 1 } };
  expect(rule(params, { tree: spent({ usd: 2 }) }, { ...call, served: true })).toBeUndefined();
  expect(rule(params, { tree: spent({ usd: 2 }) }, { phase: "request", text: "go" })).toBeUndefined();
  expect(rule(params, null)).toMatchObject({ effect: "deny" });
});

test("a day's limit holds only where the project and the person are known", () => {
  const params = { projectDay: { limit: 1 }, userDay: { limit: 1 } };
  expect(rule(params, {})).toBeUndefined();
  expect(rule(params, { projectToday: spent({ of: "/shop", usd: 1 }) })).toMatchObject({
    reason: expect.stringContaining("All work in /shop on 2030-01-31 (UTC) has spent $1.00"),
    agreements: [{ scope: "project-day", of: "/shop", day: "2030-01-31", usd: 2 }],
  });
});

test("it asks exactly when the limit may be reached, and a yes is enough to go on", () => {
  const amount = fc.double({ min: 0, max: 500, noNaN: true });
  const limits = fc.record(
    {
      limit: fc.double({ min: 0.01, max: 100, noNaN: true }),
      step: fc.double({ min: 0.01, max: 100, noNaN: true }),
    },
    { requiredKeys: ["limit"] },
  );
  fc.assert(
    fc.property(limits, amount, amount, amount, (limit, usd, reserved, agreedUsd) => {
      const tree = (agreed: number) =>
        spent({
          usd,
          reserved: { usd: reserved, subscriptionUsd: 9 },
          agreed: { usd: agreed, unknown: false },
        });
      const ruling = rule({ tree: limit }, { tree: tree(agreedUsd) });
      const reached = usd + reserved >= Math.max(limit.limit, agreedUsd);
      expect(ruling?.effect).toBe(reached ? "ask" : undefined);
      if (ruling?.effect !== "ask") return;
      const [raised] = ruling.agreements ?? [];
      expect(raised?.usd).toBeGreaterThan(Math.max(limit.limit, agreedUsd));
      expect(raised?.usd).toBeGreaterThan(usd + reserved - 1e-6);
      // One step less would not do.
      expect((raised?.usd ?? 0) - (limit.step ?? limit.limit)).toBeLessThanOrEqual(usd + reserved + 1e-6);
    }),
  );
});

test("several limits make one question, and what was agreed for calls of unknown price stays", () => {
  const unknown = spent({ usd: 3, unknownCalls: 1 });
  const ruling = rule({ session: { limit: 2 }, tree: { limit: 3 } }, { session: unknown, tree: unknown });
  expect(ruling).toMatchObject({
    effect: "ask",
    agreements: [
      { scope: "session", usd: 4, unknown: true },
      { scope: "tree", usd: 6, unknown: true },
    ],
  });
  const agreed = spent({ usd: 3, unknownCalls: 1, agreed: { usd: 0, unknown: true } });
  expect(rule({ tree: { limit: 3 } }, { tree: agreed })).toMatchObject({
    agreements: [{ usd: 6, unknown: true }],
  });
  expect(rule({ tree: { limit: 4 } }, { tree: agreed })).toBeUndefined();
});
