/** The CEL of rules: compiled once, checked against the variables, pure. */
import {
  type ASTNode,
  TypeError as CelTypeError,
  Environment,
  EvaluationError,
  ParseError,
} from "@marcbachmann/cel-js";
import { type PolicyPhase, policyPhaseSchema } from "@tutti/core";
import { matchesAny } from "../shared/globs.ts";
import { type VariableName, variables } from "./variables.ts";

export interface Expression {
  /** Throws when it cannot be evaluated, as with a field that is not there. */
  holds(values: Readonly<Record<VariableName, unknown>>): boolean;
  /** The phases that fill one of its variables. */
  phases: readonly PolicyPhase[];
}

export type Compiled =
  | { ok: true; expression: Expression }
  /** `offset` counts characters of the expression. */
  | { ok: false; message: string; offset: number };

const limit = 2_000;
const cache = new Map<string, Compiled>();
const environment = makeEnvironment();

/** Reads an expression. It must be a yes or a no, and name only what is there. */
export function compile(text: string): Compiled {
  const before = cache.get(text);
  if (before) return before;
  const compiled = read(text);
  if (cache.size >= limit) cache.clear();
  cache.set(text, compiled);
  return compiled;
}

function makeEnvironment(): Environment {
  const made = new Environment({ limits: { maxAstNodes: 2_000, maxDepth: 50 } });
  for (const [name, { type, description }] of Object.entries(variables))
    made.registerVariable(
      typeof type === "string" ? { name, type, description } : { name, schema: { ...type }, description },
    );
  made.registerFunction("glob(string, string): bool", (text: string, glob: string) =>
    matchesAny([glob], text),
  );
  return made;
}

function read(text: string): Compiled {
  try {
    const parsed = environment.parse(text);
    const { valid, type, error } = parsed.check();
    if (!valid) return failure(error);
    if (type !== "bool")
      return { ok: false, message: `is a ${type}, and must be a bool: yes or no`, offset: 0 };
    const nodes = nodesOf(parsed.ast);
    for (const node of nodes) {
      const message = patternFault(node);
      if (message !== undefined) return { ok: false, message, offset: node.range.start };
    }
    const named = new Set(nodes.flatMap((node) => (node.op === "id" ? [node.args] : [])));
    return {
      ok: true,
      expression: {
        phases: phasesOf(named),
        holds(values) {
          try {
            return parsed({ ...values }) === true;
          } catch (cause) {
            const summary = cause instanceof EvaluationError ? cause.summary : String(cause);
            throw new Error(`${summary}. Ask with has(…) whether a field is there.`, { cause });
          }
        },
      },
    };
  } catch (error) {
    return failure(error);
  }
}

function failure(error: unknown): Compiled {
  if (error instanceof ParseError || error instanceof CelTypeError || error instanceof EvaluationError)
    return { ok: false, message: error.summary, offset: error.range?.start ?? 0 };
  return { ok: false, message: error instanceof Error ? error.message : String(error), offset: 0 };
}

function phasesOf(named: ReadonlySet<string>): PolicyPhase[] {
  const used = Object.entries(variables).filter(([name]) => named.has(name));
  const filled = new Set(used.flatMap(([, { phases }]) => (phases === "all" ? [] : [...phases])));
  if (filled.size === 0) return named.has("phase") ? [...policyPhaseSchema.options] : ["tool-call"];
  return policyPhaseSchema.options.filter((phase) => filled.has(phase));
}

function nodesOf(node: ASTNode): ASTNode[] {
  const found: ASTNode[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (isNode(value)) {
      found.push(value);
      visit(value.args);
    }
  };
  visit(node);
  return found;
}

const isNode = (value: unknown): value is ASTNode =>
  typeof value === "object" && value !== null && "op" in value && "args" in value;

/** What is wrong with a pattern that a text is held against. A repetition of what repeats may run practically for ever. */
function patternFault(node: ASTNode): string | undefined {
  if (node.op !== "rcall" || node.args[0] !== "matches") return undefined;
  const [pattern] = node.args[2];
  if (pattern?.op !== "value" || typeof pattern.args !== "string")
    return "matches() takes a pattern that is written out";
  if (/\((?:[^()\\]|\\.)*(?:[+*]|\{\d+,\d*\})(?:[^()\\]|\\.)*\)(?:[+*]|\{\d+,)/.test(pattern.args))
    return "the pattern repeats a repetition: with some texts it would run for ever";
  try {
    new RegExp(pattern.args);
    return undefined;
  } catch {
    return `${JSON.stringify(pattern.args)} is no pattern; for either case write (?i:…)`;
  }
}
