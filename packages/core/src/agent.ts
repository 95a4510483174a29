/**
 * An agent's definition as a file: which orchestration it plays, which harnesses may take each role, and the limits.
 *
 * Files live in `agents/` (shipped), in the user's configuration folder, and in a repository's `.tutti/agents/`.
 */
import { z } from "zod";
import { policyUseSchema } from "./policy.ts";
import { vendorSchema } from "./vendor.ts";

/** The wire protocols that a model's endpoint may speak. */
export const wireSchema = z.enum(["anthropic", "responses", "chat"]);
export type Wire = z.infer<typeof wireSchema>;

/** Where a harness reaches its model when that is not its own login's default. */
export const modelProviderSchema = z.strictObject({
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .describe("The endpoint's base URL; for OpenAI wires it ends in /v1."),
  wire: wireSchema,
  /** The environment variable that holds the key; the key itself never stands in a file. */
  apiKeyEnv: z.string().min(1).optional(),
  /** Who made the models served here. `by-model` reads it from the model's id. Without it the vendor is unknown. */
  vendor: z.union([z.literal("by-model"), vendorSchema]).optional(),
});
export type ModelProvider = z.infer<typeof modelProviderSchema>;

export const effortSchema = z.enum(["low", "medium", "high"]);

const seatShape = {
  harness: z.string().min(1),
  model: z.string().min(1).optional(),
  effort: effortSchema.optional(),
  /** Whether the harness may use the MCP servers that its user has set up. */
  userMcpServers: z.boolean().optional(),
};

/** One entry of a roster, as written in a file: the provider is a name in `providers`. */
const seatEntrySchema = z.strictObject({
  ...seatShape,
  provider: z.string().min(1).optional(),
});

/** A harness with everything it needs to be opened. */
export const harnessChoiceSchema = z.strictObject({
  ...seatShape,
  provider: modelProviderSchema.optional(),
});
export type HarnessChoice = z.infer<typeof harnessChoiceSchema>;

/** A policy as an agent file asks for it. */
const policyEntrySchema = policyUseSchema.omit({ level: true });

export const limitsSchema = z.strictObject({
  /** Fix rounds that agents have among themselves; those that a person asks for are not counted. */
  rounds: z.int().min(0).max(20).default(3),
  /** Tasks of one request that are worked on at once. */
  parallel: z.int().min(1).max(32).default(4),
  /** Seconds that one check may take before its processes are ended. */
  checkSeconds: z.int().min(1).max(86_400).default(1_200),
  /** Seconds that the set-up may take. */
  setupSeconds: z.int().min(1).max(86_400).default(1_200),
});
export type Limits = z.infer<typeof limitsSchema>;

/** Whether an agent's processes are held by the operating system. `off` is for machines that are a sandbox themselves. */
export const confinementWishSchema = z.enum(["required", "preferred", "off"]);
export type ConfinementWish = z.infer<typeof confinementWishSchema>;

export const agentSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, "a name is lower case letters, digits and dashes"),
    description: z.string().default(""),
    /** The durable program that this agent plays. */
    orchestration: z.string().min(1),
    /** Who may take each role, in order of preference. */
    roles: z.record(z.string(), z.array(seatEntrySchema).min(1)),
    /** Text added to the system prompt of a role. */
    instructions: z.record(z.string(), z.string()).default({}),
    providers: z.record(z.string(), modelProviderSchema).default({}),
    limits: limitsSchema.prefault({}),
    /** Rules for every session of this agent, beside those of the server. They can only be stricter. */
    policies: z.array(policyEntrySchema).default([]),
    /** `required`: an agent that cannot be confined on this machine is not started. */
    confinement: confinementWishSchema.optional(),
    /** For sessions that nobody watches: a question that nobody answers is a no after so many minutes. */
    onNoAnswer: z.strictObject({ denyAfterMinutes: z.number().min(0.01).max(100_000) }).optional(),
  })
  .superRefine((agent, ctx) => {
    for (const [role, roster] of Object.entries(agent.roles))
      for (const [index, entry] of roster.entries())
        if (entry.provider && !(entry.provider in agent.providers))
          ctx.addIssue({
            code: "custom",
            path: ["roles", role, index, "provider"],
            message: `no provider named ${entry.provider}; known: ${Object.keys(agent.providers).join(", ") || "none"}`,
          });
  });
export type Agent = z.infer<typeof agentSchema>;

/** A role's roster with its providers looked up. */
export function roster(agent: Agent, role: string): HarnessChoice[] {
  return (agent.roles[role] ?? []).map(({ provider, ...entry }) => {
    const found = provider === undefined ? undefined : agent.providers[provider];
    return { ...entry, ...(found && { provider: found }) };
  });
}
