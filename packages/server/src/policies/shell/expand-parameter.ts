/** What `$x`, `${x:-y}`, `${x#y}`, `"$@"` and their like stand for. */
import type { ParameterOperation, Word, WordPart } from "unbash";
import { alternativesLimit, type ShellState, type Value } from "./shell-state.ts";
import { anything, anyWords, isKnown, plain, type Text } from "./unknown.ts";
import type { Walk } from "./walk.ts";

type ExpansionPart = Extract<WordPart, { type: "SimpleExpansion" | "ParameterExpansion" }>;

interface Parameters {
  walk: Walk;
  state: ShellState;
  texts(word: Word): readonly Text[];
}

interface Expansion {
  values: readonly Value[];
  /** Whether each element is a word of its own, even in quotes. */
  each: boolean;
}

const unknownValue: readonly Value[] = [[anything]];

/** Variables that hold numbers and plain names, whatever they hold. */
const plainVariables = new Set(
  `? # $ ! - RANDOM SECONDS LINENO UID EUID PPID BASHPID EPOCHSECONDS COLUMNS LINES SHLVL USER LOGNAME HOSTNAME`.split(
    " ",
  ),
);

/** The values of a variable that the line sets or that is the same everywhere; undefined for others. */
export function valuesOf(state: ShellState, name: string): readonly Value[] | undefined {
  return state.variables.get(name);
}

export function expandParameter(part: ExpansionPart, parameters: Parameters): Expansion {
  if (part.type === "SimpleExpansion") return named(part.text.slice(1), parameters);
  const { parameter, prefix, index, operation } = part;
  if (index && index.text !== "@" && index.text !== "*") parameters.texts(index);
  const list = parameter === "@" || parameter === "*" || index?.text === "@" || index?.text === "*";
  let found = element(named(parameter, parameters), index, parameters);
  // `$0` is where the slices of `$@` count from.
  if (operation?.type === "Slice" && /^[@*]$/.test(parameter) && parameters.state.positional)
    found = { ...found, values: [parameters.state.positional] };
  if (prefix === "#") return { values: [[plain]], each: false };
  if (prefix === "!") found = indirect(found, operation, parameters);
  if (!operation) return found;
  const set = isSet(parameter, parameters);
  return { ...found, values: operated(found.values, operation, { set, list }, parameters) };
}

function named(name: string, { walk, state }: Parameters): Expansion {
  if (name === "@" || name === "*")
    return { values: [state.positional ? state.positional.slice(1) : [anyWords]], each: name === "@" };
  if (/^\d+$/.test(name))
    return {
      values: [state.positional ? [state.positional[Number(name)] ?? ""] : [anything]],
      each: false,
    };
  const values = state.variables.get(name) ?? outer(name, walk, state);
  return { values, each: false };
}

function outer(name: string, walk: Walk, state: ShellState): readonly Value[] {
  if (plainVariables.has(name)) return [[plain]];
  switch (name) {
    case "HOME":
      return [[walk.home]];
    case "PWD":
      return state.cwds.map((cwd) => [cwd ?? anything]);
    case "TMPDIR":
      return [["/tmp"]];
    case "IFS":
      return [[" \t\n"]];
    case "SHELL":
    case "BASH":
      return [["/bin/bash"]];
    default:
      return unknownValue;
  }
}

function element({ values, each }: Expansion, index: Word | undefined, parameters: Parameters): Expansion {
  if (!index) return { values: each ? values : values.map((value) => firstOf(value)), each };
  if (index.text === "@" || index.text === "*") return { values, each: index.text === "@" };
  const [at, ...others] = parameters.texts(index);
  if (at === undefined || others.length > 0 || !/^-?\d+$/.test(at)) {
    const all = values.flatMap((value) => value.map((text) => [text]));
    return { values: all.length === 0 || all.length > alternativesLimit ? unknownValue : all, each: false };
  }
  return { values: values.map((value) => [value.at(Number(at)) ?? ""]), each: false };
}

const firstOf = (value: Value): Value => (value.length > 1 ? value.slice(0, 1) : value);

function indirect(
  { values }: Expansion,
  operation: ParameterOperation | undefined,
  parameters: Parameters,
): Expansion {
  if (operation?.type === "Names") return { values: unknownValue, each: false };
  return {
    values: values.flatMap(([name = ""]) =>
      isKnown(name) && /^\w+$/.test(name) ? named(name, parameters).values : unknownValue,
    ),
    each: false,
  };
}

const isSet = (name: string, { state }: Parameters): boolean =>
  state.variables.has(name) || name === "@" || name === "*" || /^\d+$/.test(name);

function operated(
  values: readonly Value[],
  operation: ParameterOperation,
  { set, list }: { set: boolean; list: boolean },
  parameters: Parameters,
): readonly Value[] {
  switch (operation.type) {
    case "Default":
      return defaulted(values, operation.operator, parameters.texts(operation.operand), set);
    case "Remove":
      return mapped(values, parameters.texts(operation.operand), (text, pattern) =>
        removed(text, pattern, operation.operator),
      );
    case "Replace": {
      const [to = "", ...others] = parameters.texts(operation.replacement);
      if (others.length > 0) return unknownValue;
      return mapped(values, parameters.texts(operation.pattern), (text, pattern) =>
        replaced(text, pattern, to, operation.operator),
      );
    }
    case "Slice": {
      const [offset = ""] = parameters.texts(operation.offset);
      const [length] = operation.length ? parameters.texts(operation.length) : [undefined];
      return values.map((value) => sliced(value, offset, length, list));
    }
    case "CaseModification":
      return values.map((value) =>
        value.map((text) => {
          if (operation.operand) return isKnown(text) ? anything : text;
          if (operation.operator === "^^") return text.toUpperCase();
          if (operation.operator === ",,") return text.toLowerCase();
          const first = text.slice(0, 1);
          return (operation.operator === "^" ? first.toUpperCase() : first.toLowerCase()) + text.slice(1);
        }),
      );
    case "Transform":
      return operation.operand.text === "Q"
        ? values
        : values.map((value) => value.map(transformed(operation.operand.text)));
    default:
      return unknownValue;
  }
}

const transformed =
  (by: string) =>
  (text: Text): Text => {
    if (by === "U") return text.toUpperCase();
    if (by === "L") return text.toLowerCase();
    return anything;
  };

function defaulted(
  values: readonly Value[],
  operator: string,
  operands: readonly Text[],
  set: boolean,
): readonly Value[] {
  const given = operands.map((text): Value => [text]);
  const isEmpty = (value: Value) => value.every((text) => text === "");
  if (operator.endsWith("+"))
    return set ? values.flatMap((value) => (isEmpty(value) ? [value, ...given] : given)) : [[""], ...given];
  if (operator.endsWith("?")) return values;
  if (!set) return [...values, ...given];
  return values.flatMap((value) =>
    isEmpty(value) ? given : maybeEmpty(value) ? [value, ...given] : [value],
  );
}

const maybeEmpty = (value: Value): boolean => value.every((text) => !isKnown(text));

function mapped(
  values: readonly Value[],
  patterns: readonly Text[],
  change: (text: Text, pattern: Text) => Text,
): readonly Value[] {
  const [pattern = "", ...others] = patterns;
  if (others.length > 0) return unknownValue;
  return values.map((value) => value.map((text) => change(text, pattern)));
}

/** A pattern without anything special in it; others are not worked out. */
const isLiteral = (pattern: Text): boolean => isKnown(pattern) && !/[*?[\\]/.test(pattern);

function removed(text: Text, pattern: Text, operator: string): Text {
  const front = operator.startsWith("#");
  if (!isKnown(text)) return anything;
  if (isLiteral(pattern)) {
    if (front) return text.startsWith(pattern) ? text.slice(pattern.length) : text;
    return text.endsWith(pattern) ? text.slice(0, text.length - pattern.length) : text;
  }
  // `*x` in front and `x*` at the end are what people write.
  const star = "\uE002";
  const longest = operator.length === 2;
  if (front && pattern.startsWith(star) && isLiteral(pattern.slice(1))) {
    const sign = pattern.slice(1);
    const at = longest ? text.lastIndexOf(sign) : text.indexOf(sign);
    return at < 0 ? text : text.slice(at + sign.length);
  }
  if (!front && pattern.endsWith(star) && isLiteral(pattern.slice(0, -1))) {
    const sign = pattern.slice(0, -1);
    const at = longest ? text.indexOf(sign) : text.lastIndexOf(sign);
    return at < 0 ? text : text.slice(0, at);
  }
  return anything;
}

function replaced(text: Text, pattern: Text, to: Text, operator: string): Text {
  if (!isKnown(text) || !isLiteral(pattern)) return anything;
  switch (operator) {
    case "//":
      return pattern === "" ? text : text.replaceAll(pattern, () => to);
    case "/#":
      return text.startsWith(pattern) ? to + text.slice(pattern.length) : text;
    case "/%":
      return text.endsWith(pattern) ? text.slice(0, text.length - pattern.length) + to : text;
    default:
      return pattern === "" ? text : text.replace(pattern, () => to);
  }
}

function sliced(value: Value, offset: Text, length: Text | undefined, list: boolean): Value {
  const number = (text: Text) => (/^ *-?\d+ *$/.test(text) ? Number(text) : undefined);
  const from = number(offset);
  const count = length === undefined ? undefined : number(length);
  if (from === undefined || (length !== undefined && count === undefined) || !value.every(isKnown))
    return [anything];
  const cut = <Items extends { slice(from?: number, to?: number): Items; length: number }>(
    all: Items,
  ): Items => {
    const start = from < 0 ? Math.max(0, all.length + from) : from;
    const end = count === undefined ? all.length : count < 0 ? all.length + count : start + count;
    return all.slice(start, end);
  };
  const [only] = value;
  return !list && only !== undefined ? [cut(only)] : cut([...value]);
}
