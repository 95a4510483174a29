import { z } from "zod";

/** The wire protocols that a rehearsal speaks. */
export const wires = ["anthropic", "responses", "chat"] as const;
export type Wire = (typeof wires)[number];

const patternSchema = z
  .string()
  .min(1)
  .refine(isReadablePattern, "is not a valid regular expression")
  .describe("A piece of text to be found as it stands, or a regular expression written /like this/i");

const matchSchema = z
  .strictObject({
    user: patternSchema.optional().describe("Found in one text that the user wrote"),
    system: patternSchema
      .optional()
      .describe("Found in the system text (system prompt, developer instructions)"),
    wire: z.enum(wires).optional(),
    model: patternSchema.optional().describe("Found in the id of the model asked for"),
    tools: z
      .boolean()
      .default(true)
      .describe("false: plays for requests that offer no tools (titles and other side requests)"),
  })
  .describe("What a request must hold for this part to play; everything given must match");

const usageSchema = z
  .strictObject({
    input: z.int().min(0).describe("Tokens of the whole input, cached ones included"),
    cached: z.int().min(0).default(0).describe("Tokens of the input that were read from the cache"),
    output: z.int().min(0).describe("Tokens of the answer"),
  })
  .refine((usage) => usage.cached <= usage.input, { path: ["cached"], message: "is more than input" })
  .describe("The usage figures that every answer of the part reports");

const failSchema = z
  .strictObject({
    status: z.int().min(400).max(599).optional().describe("Refuse with this HTTP status"),
    cut: z.literal(true).optional().describe("Break the connection in the middle of the answer"),
    times: z.int().min(1).default(1).describe("How often; then the answer is given"),
    retryAfter: z.int().min(0).default(0).describe("Seconds for the retry-after header of a refusal"),
  })
  .refine((fail) => (fail.status === undefined) !== (fail.cut === undefined), "needs either status or cut");

const streamSchema = z.strictObject({
  text: z.string().min(1).describe("The text of one tick"),
  times: z.int().min(1).optional().describe("How many ticks; left out: until the client goes away"),
  everyMs: z.int().min(1).default(100).describe("Milliseconds between two ticks"),
});

const toolKinds = z
  .strictObject({
    shell: z.string().min(1).describe("Run this command line"),
    write: z
      .strictObject({ path: z.string().min(1), content: z.string() })
      .describe("Write a whole text file; its last line is ended when the content does not end it"),
    read: z.strictObject({ path: z.string().min(1) }).describe("Read a file"),
    call: z
      .strictObject({ tool: z.string().min(1), input: z.record(z.string(), z.json()).default({}) })
      .describe("Call a lent tool by its own name, whatever name the client offers it under"),
  })
  .partial();

const toolStepSchema = toolKinds
  .refine(holdsOneKey, "needs exactly one of shell, write, read, call")
  .meta({ minProperties: 1, maxProperties: 1 });

const stepSchema = toolKinds
  .extend({
    say: z.string().min(1).describe("Say this; together with the tool step that follows directly, if any"),
    reason: z.string().min(1).describe("Think this before what follows, where the wire shows thinking"),
    stream: streamSchema.describe("Say this slowly, tick by tick"),
    together: z.array(toolStepSchema).min(2).describe("Several tool calls in one answer"),
    delay: z
      .strictObject({ seconds: z.number().min(0) })
      .describe("Keep silent before what follows; ends at once when the client goes away"),
    fail: failSchema.describe("Fail before what follows"),
  })
  .partial()
  .refine(
    holdsOneKey,
    "needs exactly one kind of step (say, shell, write, read, call, together, reason, stream, delay, fail)",
  )
  .meta({ minProperties: 1, maxProperties: 1 });

export const stepsSchema = z.array(stepSchema).min(1);

const partSchema = z.strictObject({
  name: z.string().min(1).describe("For people and for the record"),
  match: matchSchema,
  usage: usageSchema.optional(),
  steps: stepsSchema,
});

/** A scenario file: what a scripted model does, whichever client asks. `docs/rehearsal.md` explains it. */
export const scenarioSchema = z.strictObject({
  name: z.string().min(1),
  models: z
    .array(z.string().min(1))
    .min(1)
    .default(["rehearsal"])
    .describe("The model ids that /v1/models lists"),
  usage: usageSchema.default({ input: 1200, cached: 200, output: 60 }),
  parts: z.array(partSchema).min(1),
});

export type Scenario = z.infer<typeof scenarioSchema>;
export type Part = z.infer<typeof partSchema>;
export type Step = z.infer<typeof stepSchema>;
export type ToolStep = z.infer<typeof toolStepSchema>;
export type Match = z.infer<typeof matchSchema>;
export type Usage = z.infer<typeof usageSchema>;
export type Failure = z.infer<typeof failSchema>;
export type Ticks = z.infer<typeof streamSchema>;

/** The JSON Schema of a scenario file as it is written (defaults may be left out). */
export function scenarioJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(scenarioSchema, { io: "input" }), title: "Tutti rehearsal scenario" };
}

/**
 * Looks for a pattern of a scenario in a text. Answers what its named groups caught, or undefined when it is not there.
 * Throws a `SyntaxError` for a regular expression that cannot be read; no pattern of a checked scenario is one.
 */
export function findPattern(pattern: string, text: string): Readonly<Record<string, string>> | undefined {
  const written = /^\/(.+)\/([imsu]*)$/s.exec(pattern);
  if (written?.[1] === undefined) return text.includes(pattern) ? {} : undefined;
  const found = new RegExp(written[1], written[2]).exec(text);
  return found === null ? undefined : { ...found.groups };
}

function isReadablePattern(pattern: string): boolean {
  try {
    findPattern(pattern, "");
    return true;
  } catch {
    return false;
  }
}

function holdsOneKey(value: object): boolean {
  return Object.keys(value).length === 1;
}
