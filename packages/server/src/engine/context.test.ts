import { idSchema } from "@tutti/core";
import { expect, it } from "vitest";
import { durableContext, type Steps } from "./context.ts";

const steps = {} as Steps;
const idsOf = (session: string, key = "a-task-with-a-rather-long-name") => {
  const context = durableContext({ session, key, steps });
  return [context.id("implementer"), context.id("implementer"), context.id("review")];
};

it("makes ids that are ids, each another, however long the session's own is", () => {
  for (const session of ["r1", "s".repeat(44), "s".repeat(80)]) {
    const ids = idsOf(session);
    expect(ids.map((id) => idSchema.safeParse(id).success)).toEqual([true, true, true]);
    expect(new Set(ids).size).toBe(3);
  }
});

it("makes the same ids again in a replay", () => {
  expect(idsOf("s".repeat(70))).toEqual(idsOf("s".repeat(70)));
  expect(idsOf("r1", "t1")[0]).toBe("r1-t1-implementer-1");
});
