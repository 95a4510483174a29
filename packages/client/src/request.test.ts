import { expect, test } from "vitest";
import { createRequest, tasksOf } from "./index.ts";

test("a task's id tells what it is about, and no two are the same", () => {
  expect(tasksOf(["Fix the parser", "fix THE parser!", "…"], undefined)).toEqual([
    { id: "fix-the-parser", text: "Fix the parser" },
    { id: "fix-the-parser-2", text: "fix THE parser!" },
    { id: "task-3", text: "…" },
  ]);
  expect(tasksOf(["a"], "holds")).toEqual([{ id: "a", text: "a", contract: "holds" }]);
});

test("a refused request throws what the server said", async () => {
  const refusing = {
    command: async () => ({
      ok: false as const,
      refusal: { kind: "invalid" as const, message: "no such program" },
    }),
  };
  const asked = createRequest(refusing, {
    ...{ id: "s", commandId: "c", host: "here", repositoryAgent: false, repository: "/r", target: undefined },
    agent: { name: "polly", orchestration: "none", roles: {} } as never,
    ...{ tasks: tasksOf(["go"], undefined), preapproved: false, budget: undefined },
  });
  await expect(asked).rejects.toThrow("no such program");
});
