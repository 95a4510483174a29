import { agentSchema } from "@tutti/core";
import { describe, expect, it } from "vitest";
import { budgetOf, draftOf, emptyDraft, isOfRepository, seatsOf, tasksIn } from "./draft.ts";

describe("a kept draft", () => {
  it("is what was kept, whatever else stands in the store", () => {
    expect(draftOf({ texts: ["a", "b"], agent: "polly", preapproved: true })).toEqual({
      ...emptyDraft,
      ...{ texts: ["a", "b"], agent: "polly", preapproved: true },
    });
    expect(draftOf({ texts: [1], contract: {}, preapproved: "yes" })).toEqual(emptyDraft);
    expect(draftOf({ texts: [] })).toEqual(emptyDraft);
  });

  it("has the tasks that something was written for", () => {
    expect(tasksIn({ ...emptyDraft, texts: [" one ", "", "two"] })).toEqual(["one", "two"]);
  });
});

it("reads a limit in dollars", () => {
  const limit = (budget: string) => budgetOf({ ...emptyDraft, budget });
  expect([limit(""), limit("5"), limit("$ 2.50"), limit("2,5")]).toEqual([undefined, 5, 2.5, 2.5]);
  expect([limit("a lot"), limit("0"), limit("-1"), limit("Infinity")]).toEqual([null, null, null, null]);
});

it("knows an agent of the repository by where its file is", () => {
  expect(isOfRepository("/code/todos/.tutti/agents/polly.yaml", "/code/todos")).toBe(true);
  expect(isOfRepository("/code/todos-2/.tutti/agents/polly.yaml", "/code/todos")).toBe(false);
  expect(isOfRepository("/code/todos/a.yaml", "")).toBe(false);
});

it("says who may take which role, each once", () => {
  const agent = agentSchema.parse({
    name: "polly",
    orchestration: "o",
    roles: {
      implementer: [{ harness: "one" }, { harness: "one", model: "m" }],
      reviewer: [{ harness: "two" }],
    },
  });
  expect(seatsOf(agent)).toEqual([
    { role: "implementer", harnesses: ["one"] },
    { role: "reviewer", harnesses: ["two"] },
  ]);
});
