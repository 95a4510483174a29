import { type Policy, type PolicyUse, policyPhaseSchema } from "@tutti/core";
import { z } from "zod";

const params = z.strictObject({
  name: z.string().min(1).describe("The program's name: that of its file."),
  file: z.string().min(1).describe("The file that it comes from."),
  source: z
    .string()
    .min(1)
    .max(256 * 1024)
    .describe("Its text: what decided is in the log."),
  hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe("SHA-256 of its text."),
  params: z.record(z.string(), z.json()).default({}).describe("The program's own parameters."),
});

/** A user's own policy in TypeScript. It is asked in a worker before the others; where nobody has asked it, it denies. */
export const program: Policy<z.infer<typeof params>> = {
  name: "program",
  summary: "A policy that a person or a repository wrote as a program.",
  phases: policyPhaseSchema.options,
  params,
  usesSpending: true,
  evaluate: (_action, { name }) => ({
    effect: "deny",
    reason: `The policy ${name} could not be asked, so nothing is allowed.`,
  }),
};

/** The parameters of a use of a program; undefined when it is another policy, or they are wrong. */
export const programOf = ({ name, params: given }: PolicyUse): z.infer<typeof params> | undefined =>
  name === program.name ? params.safeParse(given).data : undefined;
