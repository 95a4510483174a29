import { type Environment, harnessFailureSchema } from "@tutti/core";
import { parse } from "yaml";
import { z } from "zod";

const stepSchema = z.union([
  z.strictObject({ say: z.string().min(1) }),
  z.strictObject({ think: z.string().min(1) }),
  /** Really runs, in the session's folder, once the gate allowed it; so do the next two. */
  z.strictObject({ shell: z.string().min(1) }),
  z.strictObject({ write: z.strictObject({ path: z.string().min(1), content: z.string() }) }),
  z.strictObject({ read: z.string().min(1) }),
  z.strictObject({ call: z.strictObject({ tool: z.string().min(1), input: z.json().default({}) }) }),
  /** `steer`: until text reaches the turn, which is then said back. `interrupt`: until the turn is interrupted. */
  z.strictObject({ wait: z.enum(["steer", "interrupt"]) }),
  z.strictObject({
    usage: z.strictObject({
      input: z.int().min(0),
      output: z.int().min(0),
      costUsd: z.number().min(0).default(0),
    }),
  }),
  /** The turn fails. */
  z.strictObject({ fail: harnessFailureSchema }),
  /** The whole session dies in the middle of the turn. */
  z.strictObject({ crash: z.string() }),
]);
export type Step = z.infer<typeof stepSchema>;

const stepsSchema = z.array(stepSchema).min(1);

const scriptSchema = z.strictObject({
  /** Every session fails to open. */
  open: harnessFailureSchema.optional(),
  login: z.boolean().default(true),
  /** The first part whose texts are found in the prompt and in the appended system prompt plays. */
  parts: z
    .array(
      z.strictObject({ prompt: z.string().default(""), system: z.string().default(""), steps: stepsSchema }),
    )
    .default([]),
});
export type Script = z.infer<typeof scriptSchema>;

/** The script of an environment: YAML (or JSON) in TUTTI_FAKE_SCRIPT. Throws when it cannot be read. */
export function scriptOf(environment: Environment): Script {
  return scriptSchema.parse(parse(environment.TUTTI_FAKE_SCRIPT ?? "{}"));
}

/**
 * What a turn does: the steps that the prompt itself holds, as YAML after a line `fake:`, those of the gate's self-test
 * (which it can't have from a model), else those of the script's matching part, else one word. Throws when the prompt's steps cannot be read.
 */
export function stepsFor(script: Script, prompt: string, system: string): readonly Step[] {
  const inline = /^fake:\n(.+)/ms.exec(prompt)?.[1];
  if (inline !== undefined) return stepsSchema.parse(parse(inline));
  const canary = /^canary: (\S+)$/.exec(prompt)?.[1];
  if (canary !== undefined) return [{ shell: "echo canary" }, { shell: `touch '${canary}'` }];
  const part = script.parts.find((each) => prompt.includes(each.prompt) && system.includes(each.system));
  return part?.steps ?? [{ say: "Done." }];
}
