/** The reference of the policies, `docs/policies.md`, made from the policies themselves. */
import { type Policy, policyPhaseSchema } from "@tutti/core";
import { z } from "zod";
import { defaultPolicies } from "./defaults.ts";
import { fileSchema } from "./policy-file.ts";
import { variables } from "./rules/variables.ts";
import { fileRuleSchema } from "./rules.ts";

/** Stand in files of their own, and not in a list of uses. */
const inFiles = ["program", "rules"];

const phaseWords: Readonly<Record<(typeof policyPhaseSchema.options)[number], string>> = {
  request: "a text for the agent",
  "tool-call": "before a call is carried out",
  "tool-result": "what came of it, before it is kept",
  response: "what the agent says, before it is kept",
  "model-call": "before a model is called, and when it is known who served",
  "session-start": "before an agent is seated",
  push: "before a remote is changed",
};

export function policyReference(policies: readonly Policy[]): string {
  const listed = policies.filter(({ name }) => !inFiles.includes(name));
  const inForce = new Set(defaultPolicies.map(({ name }) => name));
  return `${[
    "# Policies",
    "",
    "Made from the policies' own schemas by `node scripts/policy-reference.mjs`; a test holds the two together. How to write one:",
    "[add-a-policy.md](add-a-policy.md).",
    "",
    `In force in every session, unless your own files say otherwise: ${[...inForce].map((name) => `\`${name}\``).join(", ")}.`,
    "Implementers have `workspace-only`, reviewers `read-only` beside them. Deny beats ask beats allow; every rule adds, and none loosens another.",
    "",
    "| phase | asks |",
    "|---|---|",
    ...policyPhaseSchema.options.map((phase) => `| \`${phase}\` | ${phaseWords[phase]} |`),
    "",
    "## Built-in policies",
    ...listed.flatMap((policy) => ["", ...section(policy, inForce.has(policy.name))]),
    "",
    "## Files",
    "",
    "`policies/*.yaml` in the configuration folder holds for the whole server, `.tutti/policies/*.yaml` in a repository for its agents.",
    "",
    ...table(fileSchema),
    "",
    "### A rule",
    "",
    ...table(fileRuleSchema),
    "",
    "### What an expression may name",
    "",
    "Empty in every other phase than those named. `glob(text, pattern)` matches as the policies' own globs do.",
    "",
    "| variable | type | phases | |",
    "|---|---|---|---|",
    ...Object.entries(variables).map(
      ([name, { type, phases, description }]) =>
        `| \`${name}\` | ${typeof type === "string" ? `\`${type}\`` : fieldsOf(type)} | ${phases === "all" ? "all" : phases.map((phase) => `\`${phase}\``).join(", ")} | ${description} |`,
    ),
  ].join("\n")}\n`;
}

function section({ name, summary, phases, params }: Policy, isInForce: boolean): string[] {
  const rows = table(params);
  return [
    `### ${name}`,
    "",
    `${summary} ${isInForce ? "In force from the first start. " : ""}Asked in ${phases.map((phase) => `\`${phase}\``).join(", ")}.`,
    "",
    ...(rows.length > 0 ? rows : ["It takes no parameters."]),
  ];
}

const propertySchema = z.looseObject({
  description: z.string().default(""),
  default: z.json().optional(),
  type: z.string().optional(),
  enum: z.array(z.json()).optional(),
  const: z.json().optional(),
  items: z.looseObject({ type: z.string().optional(), enum: z.array(z.json()).optional() }).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});
const objectSchema = z.looseObject({
  properties: z.record(z.string(), propertySchema).default({}),
  required: z.array(z.string()).default([]),
});

function table(schema: z.ZodType): string[] {
  const { properties, required } = objectSchema.parse(
    z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }),
  );
  const rows = Object.entries(properties).map(([name, property]) => {
    const given = property.default === undefined ? "" : ` Default: ${code(property.default)}.`;
    const must = required.includes(name) ? " Required." : "";
    return `| \`${name}\` | ${typeOf(property)} | ${`${property.description}${given}${must}`.trim()} |`;
  });
  return rows.length === 0 ? [] : ["| parameter | type | |", "|---|---|---|", ...rows];
}

function typeOf({ type, enum: values, const: only, items }: z.infer<typeof propertySchema>): string {
  if (values) return values.map(code).join(", ");
  if (only !== undefined) return code(only);
  if (type === "array")
    return items?.enum ? `list of ${items.enum.map(code).join(", ")}` : `list of ${items?.type ?? "values"}s`;
  return type ?? "";
}

const code = (value: unknown): string =>
  Array.isArray(value) && value.length > 3
    ? value.map(code).join(" ")
    : `\`${(typeof value === "string" ? value : JSON.stringify(value)).replaceAll("|", "\\|")}\``;

const fieldsOf = (fields: Readonly<Record<string, string>>): string =>
  Object.entries(fields)
    .map(([name, type]) => `\`${name}: ${type}\``)
    .join(", ");
