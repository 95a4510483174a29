/** Rules as a person reads them. Pure. */
import type { PolicyCheckAnswer, PolicyInForce } from "@tutti/core";

const levels = {
  server: "every session",
  agent: "this agent",
  session: "one session",
} as const satisfies Record<PolicyInForce["level"], string>;

/** For whom a rule holds: `every session`. */
export const holdsFor = ({ level }: Pick<PolicyInForce, "level">): string => levels[level];

/** Where it comes from: `Built in`, `Project file`, `Yours`. */
export function originWords({ from }: Pick<PolicyInForce, "from">): string {
  if (from === "built in") return "Built in";
  return /\/\.tutti\//.test(from) ? "Project file" : "Yours";
}

/** A rule's parameters, one a line: `branches: main, release/*`. */
export function paramLines({ params }: Pick<PolicyInForce, "params">): string[] {
  return Object.entries(params).map(([name, value]) => `${name}: ${valueWords(value)}`);
}

function valueWords(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueWords).join(", ");
  if (typeof value === "object" && value !== null)
    return Object.entries(value)
      .map(([name, one]) => `${name} ${valueWords(one)}`)
      .join(", ");
  return String(value);
}

const verdicts = { allow: "Allowed", ask: "Asks you", deny: "Denied" } as const;

/** `Asks you: protected-branches`. */
export const verdictWords = ({ verdict, policy }: Pick<PolicyCheckAnswer, "verdict" | "policy">): string =>
  policy.length === 0 ? verdicts[verdict] : `${verdicts[verdict]}: ${policy.join(", ")}`;

/** What is typed into the box, as a question: a host after `host:`, a path after a tool's kind, else a command. */
export function checkOf(
  typed: string,
): { kind: "command"; command: string } | { kind: "host"; host: string } | undefined {
  const text = typed.trim();
  if (text === "") return undefined;
  const host = /^(?:https?:\/\/|host:\s*)([^\s/]+)\S*$/i.exec(text)?.[1];
  return host === undefined ? { kind: "command", command: text } : { kind: "host", host };
}
