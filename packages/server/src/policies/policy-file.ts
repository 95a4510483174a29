/**
 * Policy files: `*.yaml` with uses of built-in policies and rules, `*.ts` with a policy as a program.
 *
 * A person's files stand in the configuration folder and hold for the whole server; a repository's stand in
 * `.tutti/policies/`, are read from the base commit, and hold for the agents that work on it once they are trusted.
 */
import { createHash } from "node:crypto";
import type { PolicyLevel, PolicyUse } from "@tutti/core";
import { isScalar, LineCounter, parseDocument, type Scalar } from "yaml";
import { z } from "zod";
import { offsetOf } from "../yaml-place.ts";
import { compile } from "./rules/expression.ts";
import { fileRuleSchema } from "./rules.ts";

export const fileSchema = z.strictObject({
  policies: z
    .array(
      z.strictObject({
        name: z.string().min(1).describe("A built-in policy, or a program that stands in the same folder."),
        params: z.record(z.string(), z.json()).default({}).describe("Its parameters."),
        shadow: z.boolean().optional().describe("It only reports what it would have said."),
        off: z
          .literal(true)
          .optional()
          .describe("In a person's file: the server's own rule of this name does not hold."),
      }),
    )
    .default([])
    .describe("Policies that hold. In a person's file, one of the server's own replaces it."),
  rules: z.array(fileRuleSchema).default([]).describe("Rules, each with a CEL expression."),
});

export interface PolicyFile {
  uses: PolicyUse[];
  /** Names of the server's own rules that are turned off. */
  off: string[];
  /** Where each use of `uses` stands, for what is found wrong later: `team.yaml:3:5`. */
  places: string[];
}

/** What a name must look like to be read. */
export const policyFileName = /^[\w][\w.-]{0,99}\.(ya?ml|ts)$/;

/** Reads one file's text. A failure names file, line and column: `team.yaml:12:9: rules.0.when: No such key: knd`. */
export function parsePolicyFile(
  file: string,
  text: string,
  level: PolicyLevel,
): { ok: true; found: PolicyFile } | { ok: false; message: string } {
  const short = file.slice(file.lastIndexOf("/") + 1);
  if (short.endsWith(".ts")) return { ok: true, found: programIn(short, text, level) };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const placeOf = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${short}:${line}:${col}`;
  };
  const at = (offset: number, message: string) => ({
    ok: false as const,
    message: `${placeOf(offset)}: ${message}`,
  });
  const [broken] = document.errors;
  if (broken) return at(broken.pos[0], broken.message);
  const parsed = fileSchema.safeParse(document.toJS({ maxAliasCount: 100 }) ?? {});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const unknown = issue?.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
    const where = [...(issue?.path ?? []), ...unknown];
    const message = unknown.length > 0 ? "unknown field" : (issue?.message ?? "is no policy file");
    return at(offsetOf(document, where), where.length > 0 ? `${where.join(".")}: ${message}` : message);
  }
  const { policies, rules } = parsed.data;
  for (const [index, { when }] of rules.entries()) {
    const compiled = compile(when);
    if (compiled.ok) continue;
    const node = document.getIn(["rules", index, "when"], true);
    const offset = isScalar(node) ? offsetInScalar(text, node, compiled.offset) : 0;
    return at(offset, `rules.${index}.when: ${compiled.message}`);
  }
  const found: PolicyFile = { uses: [], off: [], places: [] };
  const add = (use: PolicyUse, where: (string | number)[]) => {
    found.uses.push(use);
    found.places.push(placeOf(offsetOf(document, where)));
  };
  for (const [index, { name, params, shadow, off }] of policies.entries()) {
    if (name === "rules" || name === "program")
      return at(offsetOf(document, ["policies", index, "name"]), `policies.${index}.name: ${ownPlace[name]}`);
    if (off && level !== "server")
      return at(
        offsetOf(document, ["policies", index, "off"]),
        `policies.${index}.off: a repository adds rules and turns off none`,
      );
    if (off) found.off.push(name);
    else add({ name, params, level, ...(shadow && { shadow }) }, ["policies", index, "name"]);
  }
  for (const shadow of [false, true]) {
    const own = rules
      .filter((rule) => (rule.shadow ?? false) === shadow)
      .map(({ shadow: _, ...rule }) => z.record(z.string(), z.json()).parse(rule));
    if (own.length > 0)
      add({ name: "rules", params: { file: short, rules: own }, level, ...(shadow && { shadow }) }, [
        "rules",
      ]);
  }
  return { ok: true, found };
}

const ownPlace = {
  rules: "rules stand under `rules:`",
  program: "a program stands in a file of its own, `<name>.ts`",
};

function programIn(file: string, source: string, level: PolicyLevel): PolicyFile {
  const hash = createHash("sha256").update(source).digest("hex");
  const name = file.replace(/\.ts$/, "");
  return {
    uses: [{ name: "program", params: { name, file, source, hash }, level }],
    off: [],
    places: [`${file}:1:1`],
  };
}

/** Where a character of a scalar's value stands in the file: quotes, indentation and folded lines are stepped over. */
function offsetInScalar(text: string, node: Scalar, offset: number): number {
  const [start, end] = node.range ?? [0, 0];
  const value = String(node.value);
  const isBlock = node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED";
  let at = isBlock ? text.indexOf("\n", start) + 1 : start + (node.type?.startsWith("QUOTE") ? 1 : 0);
  const skip = (index: number, char: string) => {
    let to = index;
    if (/\s/.test(char)) return to;
    while (to < end && text[to] !== char) to += 1;
    return to;
  };
  for (const char of value.slice(0, offset))
    at = /\s/.test(char) ? at + (/\s/.test(text[at] ?? "") ? 1 : 0) : skip(at, char) + 1;
  const wanted = value[offset];
  return Math.min(wanted === undefined ? at : skip(at, wanted), Math.max(end - 1, start));
}
