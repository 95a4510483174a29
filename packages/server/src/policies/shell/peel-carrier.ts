/** Takes the carrier off a command, as its row in `carriers.ts` says. */
import type { Carrier } from "./carriers.ts";
import { anything, isKnown, type Text } from "./unknown.ts";

export interface Peeled {
  /** The commands that may be carried out, as words; several when an option is not known. */
  commands: readonly (readonly Text[])[];
  /** Code for a shell that the carrier's options hold. */
  code: readonly Text[];
  assignments: Readonly<Record<string, Text>>;
  folder: Text | undefined;
  /** The positional words before the command. */
  positional: readonly Text[];
  /** Whether an option is computed, so that nobody can tell where the command begins. */
  unclear: boolean;
}

const assignment = /^([A-Za-z_]\w*)=([\s\S]*)$/;

/** Undefined when the words are no call that carries anything: `docker ps`. */
export function peelCarrier(args: readonly Text[], carrier: Carrier): Peeled | undefined {
  const start = carrier.verbs ? afterVerb(args, carrier) : 0;
  if (start === undefined) return undefined;
  const peeled = {
    commands: [] as Text[][],
    code: [] as Text[],
    assignments: {} as Record<string, Text>,
    folder: undefined as Text | undefined,
    positional: [] as Text[],
    unclear: false,
  };
  if (carrier.afterDashes) {
    const dashes = args.indexOf("--", start);
    readOptions(args.slice(start, dashes < 0 ? undefined : dashes), carrier, peeled, true);
    const first = args.slice(start).find((arg) => !arg.startsWith("-"));
    if (first !== undefined) peeled.positional.push(first);
    if (dashes >= 0) peeled.commands.push(args.slice(dashes + 1));
    return peeled;
  }
  const rest = readOptions(args.slice(start), carrier, peeled, false);
  for (const one of rest) peeled.commands.push(positioned(one, carrier, peeled));
  return peeled;
}

type Open = { -readonly [Key in keyof Peeled]: Peeled[Key] } & {
  commands: Text[][];
  code: Text[];
  assignments: Record<string, Text>;
  positional: Text[];
};

function afterVerb(args: readonly Text[], carrier: Carrier): number | undefined {
  const verbs = carrier.verbs ?? [];
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? "";
    if (verbs.includes(arg)) return at + 1;
    if (verbs.includes(`${arg} ${args[at + 1] ?? ""}`)) return at + 2;
    if (arg === "--") return undefined;
    // Options before the verb, with a value that does not look like one.
    if (!arg.startsWith("-") && !(args[at - 1] ?? "").startsWith("-")) {
      if (!["compose", "container"].includes(arg)) return undefined;
    }
  }
  return undefined;
}

/** Reads the options; answers what may come after them. */
function readOptions(args: readonly Text[], carrier: Carrier, peeled: Open, all: boolean): Text[][] {
  const known = (name: string, value: Text) => {
    if (carrier.codeOptions?.includes(name)) peeled.code.push(value);
    if (carrier.folderOptions?.includes(name)) peeled.folder = value;
  };
  const takesValue = (name: string) =>
    carrier.codeOptions?.includes(name) === true ||
    (name.startsWith("--")
      ? carrier.valuedLong?.includes(name) === true
      : (carrier.valued ?? "").includes(name[1] ?? " "));
  let doubtful = false;
  let at = 0;
  for (; at < args.length; at += 1) {
    const arg = args[at] ?? "";
    if (arg === "--") {
      at += 1;
      break;
    }
    if (carrier.assigns) {
      const found = assignment.exec(arg);
      if (found) {
        peeled.assignments[found[1] ?? ""] = found[2] ?? "";
        continue;
      }
    }
    if (!isKnown(arg) && !/^[\w./]/.test(arg)) {
      peeled.unclear = true;
      if (!all) continue;
    }
    if (!arg.startsWith("-") || arg === "-") {
      if (arg === "-" && !all) continue;
      if (all) continue;
      break;
    }
    if (arg.startsWith("--")) {
      const equals = arg.indexOf("=");
      const name = equals < 0 ? arg : arg.slice(0, equals);
      if (equals >= 0) known(name, arg.slice(equals + 1));
      else if (takesValue(name)) known(name, args[++at] ?? "");
      else if (!carrier.flagsLong?.includes(name)) doubtful = true;
      continue;
    }
    for (let letter = 1; letter < arg.length; letter += 1) {
      const name = `-${arg[letter]}`;
      if (takesValue(name)) {
        known(name, letter + 1 < arg.length ? arg.slice(letter + 1) : (args[++at] ?? anything));
        break;
      }
      if (!(carrier.flags ?? "").includes(name[1] ?? " ")) doubtful = true;
    }
  }
  const rest = args.slice(at);
  return doubtful && rest.length > 1 ? [rest, rest.slice(1)] : [rest];
}

/** Takes the positional words off, and options that stand among them, such as `flock file -c code`. */
function positioned(args: Text[], carrier: Carrier, peeled: Open): Text[] {
  let rest = args;
  for (let count = carrier.positional ?? 0; count > 0 && rest.length > 0; count -= 1) {
    const [first = "", ...others] = rest;
    peeled.positional.push(first);
    rest = others;
    if (carrier.codeOptions) rest = readOptions(rest, carrier, peeled, false)[0] ?? [];
  }
  if (carrier.assigns)
    while (assignment.test(rest[0] ?? "")) {
      const [, name = "", value = ""] = assignment.exec(rest[0] ?? "") ?? [];
      peeled.assignments[name] = value;
      rest = rest.slice(1);
    }
  return rest;
}
