import type { Policy } from "@tutti/core";
import { z } from "zod";
import { matchesAny } from "./shared/globs.ts";

const params = z.strictObject({
  tools: z
    .array(z.string().min(1))
    .min(1)
    .describe(
      "Globs of tools, by the harness's own name or by kind: shell, edit, read, search, web, lent, mcp, subagent, other.",
    ),
  effect: z.enum(["ask", "deny"]).default("ask").describe("What happens when such a tool is called."),
  reason: z.string().min(1).optional().describe("Why, in words for the person who is asked."),
});

export const askOnTools: Policy<z.infer<typeof params>> = {
  name: "ask-on-tools",
  summary: "A person is asked before certain tools are used.",
  phases: ["tool-call"],
  params,
  evaluate(action, { tools, effect, reason }) {
    if (action.phase !== "tool-call") return undefined;
    const { name, kind } = action.call;
    if (!matchesAny(tools, name) && !matchesAny(tools, kind)) return undefined;
    return { effect, reason: reason ?? `${name} is a tool that a person wants to see used.` };
  },
};
