import { readFile } from "node:fs/promises";
import { isScalar, LineCounter, parseDocument } from "yaml";
import { type Scenario, scenarioSchema } from "./scenario.ts";

/** A scenario that cannot be played. The message is one line that begins with `file:line:` and says what is wrong. */
export class ScenarioError extends Error {
  override name = "ScenarioError";
}

/** Reads and checks a scenario file. Throws a `ScenarioError` when it cannot be read or is no scenario. */
export async function loadScenario(path: string): Promise<Scenario> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new ScenarioError(
      `${path}: cannot be read (${cause instanceof Error ? cause.message : String(cause)})`,
      { cause },
    );
  });
  return parseScenario(text, path);
}

/** Checks the YAML text of a scenario. `label` stands for the file in error messages. Throws a `ScenarioError`. */
export function parseScenario(text: string, label = "scenario"): Scenario {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset: number) => lines.linePos(offset).line;
  const [broken] = document.errors;
  if (broken !== undefined)
    throw new ScenarioError(`${label}:${lineAt(broken.pos[0])}: ${firstLine(broken.message)}`);

  const parsed = scenarioSchema.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue === undefined) throw new ScenarioError(`${label}: is no scenario`, { cause: parsed.error });
  const line = lineAt(
    offsetOf(document, [
      ...issue.path,
      ...(issue.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : []),
    ]),
  );
  const place = issue.path.reduce<string>(
    (before, key) =>
      typeof key === "number"
        ? `${before}[${key}]`
        : before === ""
          ? String(key)
          : `${before}.${String(key)}`,
    "",
  );
  throw new ScenarioError(
    `${label}:${line}: ${place === "" ? "" : `${place}: `}${firstLine(issue.message)}`,
    { cause: parsed.error },
  );
}

/** Where the value at a path begins, or the nearest value around it that is there. */
function offsetOf(document: ReturnType<typeof parseDocument>, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isScalar(node) || isRanged(node)) return node.range?.[0] ?? 0;
  }
  return 0;
}

function isRanged(node: unknown): node is { range?: [number, number, number] | null } {
  return typeof node === "object" && node !== null && "range" in node;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}
