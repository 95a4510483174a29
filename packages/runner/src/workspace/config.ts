/** `.tutti/config.yaml`: what a repository itself says about how it is set up and checked. */
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { z } from "zod";

export const CONFIG_PATH = ".tutti/config.yaml";

const configSchema = z.strictObject({
  /** The project's own commands, instead of the detected ones. */
  checks: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(60),
        /** A line for /bin/sh, in the worktree's root. */
        run: z.string().min(1),
        /** Seconds after which it is ended. */
        timeout: z.int().min(1).max(86_400).optional(),
      }),
    )
    .refine(
      (checks) => new Set(checks.map(({ name }) => name)).size === checks.length,
      "two checks have the same name",
    )
    .optional(),
  /** Commands that make a fresh worktree ready, instead of the detected one. */
  setup: z
    .union([z.string().min(1), z.array(z.string().min(1))], "a command, or a list of commands")
    .optional(),
  /** Ignored files of the user's checkout that a worktree needs, as globs from the repository's root. */
  copy: z.array(z.string().min(1)).optional(),
});
export type Config = z.infer<typeof configSchema>;

/** The part of a package.json that is read. */
export const packageJsonSchema = z.object({
  scripts: z.record(z.string(), z.string()).default({}),
  packageManager: z.string().default(""),
});
export type PackageJson = z.infer<typeof packageJsonSchema>;

/** Reads the config; an error says file and line. */
export function parseConfig(text: string): { ok: true; config: Config } | { ok: false; message: string } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const at = (offset: number) => `${CONFIG_PATH}:${lines.linePos(offset).line}`;
  const [broken] = document.errors;
  if (broken)
    return {
      ok: false,
      message: `${at(broken.pos[0])}: ${broken.message.split("\n")[0]?.replace(/ at line.*$/, "")}`,
    };
  const parsed = configSchema.safeParse(document.toJS({ maxAliasCount: 100 }) ?? {});
  if (parsed.success) return { ok: true, config: parsed.data };
  const [issue] = parsed.error.issues;
  const keys = issue?.code === "unrecognized_keys" ? issue.keys : [];
  const path = [...(issue?.path ?? []), ...keys.slice(0, 1)];
  const where = path.filter((step) => typeof step !== "symbol");
  const what =
    keys.length > 0 ? `unknown key; known are ${Object.keys(configSchema.shape).join(", ")}` : issue?.message;
  const name = path.length > 0 ? `${path.map(String).join(".")}: ` : "";
  return { ok: false, message: `${at(offsetOf(document.contents, where))}: ${name}${what}` };
}

/** Where the deepest node on a path begins. */
function offsetOf(root: Node | null, path: readonly (string | number)[]): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
      if (isScalar(pair?.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair?.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      if (isScalar(node) || isMap(node)) offset = node.range?.[0] ?? offset;
    }
  }
  return offset;
}
