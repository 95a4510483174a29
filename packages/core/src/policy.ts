/**
 * CONTRACT 2: what a policy is, and how decisions combine.
 *
 * A policy is one small file: a name, a schema for its parameters, and one pure function from a tool call to a decision.
 * Who calls: dispatch, inside its transaction, for every tool call. What must hold: no I/O, no clock, no memory; `undefined`
 * means "no opinion". An exception counts as a denial.
 */
import { z } from "zod";
import type { ToolCall } from "./tool.ts";

export const decisionSchema = z.discriminatedUnion("effect", [
  z.strictObject({ effect: z.literal("allow") }),
  z.strictObject({ effect: z.literal("ask"), reason: z.string(), policies: z.array(z.string()) }),
  z.strictObject({ effect: z.literal("deny"), reason: z.string(), policies: z.array(z.string()) }),
]);
export type Decision = z.infer<typeof decisionSchema>;

/** One policy's answer. */
export type Ruling = { effect: "allow" } | { effect: "ask" | "deny"; reason: string };

/** What a policy may know: the call, and the folder that the session works in. */
export interface Action {
  call: ToolCall;
  /** Absolute; null for a session without a folder. */
  workspace: string | null;
}

export interface Policy<Params = unknown> {
  name: string;
  /** One sentence, shown to people. */
  summary: string;
  params: z.ZodType<Params>;
  evaluate(action: Action, params: Params): Ruling | undefined;
}

/** Deny beats ask beats allow; reasons of the winning effect are joined. No opinion at all allows. */
export function combine(rulings: readonly { policy: string; ruling: Ruling | undefined }[]): Decision {
  for (const effect of ["deny", "ask"] as const) {
    const winning = rulings.flatMap(({ policy, ruling }) =>
      ruling?.effect === effect ? [{ policy, reason: ruling.reason }] : [],
    );
    if (winning.length > 0)
      return {
        effect,
        reason: winning.map(({ reason }) => reason).join(" "),
        policies: winning.map(({ policy }) => policy),
      };
  }
  return { effect: "allow" };
}
