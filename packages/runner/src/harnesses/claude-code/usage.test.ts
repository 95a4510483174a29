import fc from "fast-check";
import { expect, test } from "vitest";
import { addCounted, restOfRound, usageOfCall } from "./usage.ts";
import type { ModelUsage } from "./wire.ts";

const round = (inputTokens: number, costUSD: number, more: Partial<ModelUsage> = {}): ModelUsage => ({
  ...{ inputTokens, outputTokens: 0, cacheReadInputTokens: 0, cacheCreationInputTokens: 0, costUSD },
  ...more,
});
const call = (model: string, input: number) =>
  usageOfCall(model, { input, cacheRead: 0, cacheWrite: 0, output: 0 }, true);
const toldOf = (...calls: (ReturnType<typeof call> | undefined)[]) =>
  calls.reduce<ReturnType<typeof addCounted>>((told, one) => (one ? addCounted(told, one) : told), {});

test("a call is priced by who served it; what no list holds is left to the round", () => {
  expect(call("claude-sonnet-4-5-20250929", 1_000_000)).toMatchObject({ costSource: "list", costUsd: 6 });
  expect(call("somebody-s-model", 10)).toBeUndefined();
  expect(restOfRound({ "somebody-s-model": round(10, 0, { costBasis: "unknown" }) }, {}, true)).toMatchObject(
    [{ input: 10, costUsd: null, costSource: "unknown" }],
  );
});

test("a model's name as it was asked for and as it was served are one", () => {
  const told = toldOf(call("claude-sonnet-4-5-20250929", 100));
  expect(restOfRound({ "claude-sonnet-4-5[1m]": round(100, 0.0003) }, told, true)).toEqual([]);
  expect(restOfRound({ "claude-sonnet-4-5": round(150, 0.0103) }, told, true)).toMatchObject([
    { model: "claude-sonnet-4-5", input: 50, costUsd: expect.closeTo(0.01, 9), costSource: "reported" },
  ]);
});

test("a dearer price than the list's is told without tokens", () => {
  const told = toldOf(call("claude-sonnet-4-5", 100));
  expect(restOfRound({ "claude-sonnet-4-5": round(100, 0.5) }, told, true)).toMatchObject([
    { input: 0, output: 0, costUsd: expect.closeTo(0.4997, 6) },
  ]);
});

test("calls and the rest add up to the round, under whatever names", () => {
  const model = fc.constantFrom(
    "claude-sonnet-4-5",
    "claude-sonnet-4-5-20250929",
    "claude-haiku-4-5",
    "claude-opus-4-1",
  );
  fc.assert(
    fc.property(
      fc.array(fc.record({ model, input: fc.nat(9_999), hidden: fc.boolean() })),
      model,
      (calls, asked) => {
        const all = calls.map(({ model: served, input }) => call(served, input));
        const seen = all.filter((_, index) => !calls[index]?.hidden);
        const sum = (some: typeof all, field: "input" | "costUsd") =>
          some.reduce((total, one) => total + (one?.[field] ?? 0), 0);
        const rest = restOfRound(
          { [asked]: round(sum(all, "input"), sum(all, "costUsd")) },
          toldOf(...seen),
          true,
        );
        expect(sum(rest, "input") + sum(seen, "input")).toBe(sum(all, "input"));
        expect(sum(rest, "costUsd") + sum(seen, "costUsd")).toBeCloseTo(sum(all, "costUsd"), 5);
      },
    ),
  );
});
