/** What a shell knows while a line is read: its variables, functions, folder and the files that the line itself wrote. */
import type { CompoundCommand, CompoundList, Redirected } from "unbash";
import { anything, type Text } from "./unknown.ts";

/** The elements of an array, or the one element of a plain variable. */
export type Value = readonly Text[];

interface ShellFunction {
  body: CompoundCommand | Redirected | CompoundList;
  /** Whether it is defined whatever branch was taken. */
  certain: boolean;
}

/** Each thing that may be one of several has its alternatives in a list. */
export interface ShellState {
  cwds: readonly (string | undefined)[];
  variables: Map<string, readonly Value[]>;
  exported: Set<string>;
  functions: Map<string, ShellFunction>;
  aliases: Map<string, Text>;
  /** `$0`, `$1`, …; undefined when they are not known. */
  positional: Value | undefined;
  /** What the line itself wrote, by absolute path. */
  files: Map<string, Text>;
  /** `git config alias.x` of the line. */
  gitAliases: Map<string, Text>;
}

/** More alternatives than these count as unknown. */
export const alternativesLimit = 12;

export function newState(cwd: string | undefined): ShellState {
  return {
    cwds: [cwd],
    variables: new Map(),
    exported: new Set(),
    functions: new Map(),
    aliases: new Map(),
    positional: undefined,
    files: new Map(),
    gitAliases: new Map(),
  };
}

export function cloneState(state: ShellState): ShellState {
  return {
    ...state,
    variables: new Map(state.variables),
    exported: new Set(state.exported),
    functions: new Map(state.functions),
    aliases: new Map(state.aliases),
    files: new Map(state.files),
    gitAliases: new Map(state.gitAliases),
  };
}

/** Changes `state` into what holds when either it or `other` does. */
export function joinState(state: ShellState, other: ShellState): void {
  state.cwds = joined(state.cwds, other.cwds, (cwd) => cwd ?? "", undefined);
  for (const name of new Set([...state.variables.keys(), ...other.variables.keys()])) {
    const unknown: readonly Value[] = [[anything]];
    const one = state.variables.get(name) ?? unknown;
    const two = other.variables.get(name) ?? unknown;
    if (one !== two)
      state.variables.set(
        name,
        joined(one, two, (value) => value.join("\0"), [anything]),
      );
  }
  for (const name of other.exported) state.exported.add(name);
  for (const [name, made] of state.functions)
    if (other.functions.get(name) !== made) state.functions.set(name, { ...made, certain: false });
  for (const [name, made] of other.functions)
    if (!state.functions.has(name)) state.functions.set(name, { ...made, certain: false });
  for (const [name, text] of other.aliases) state.aliases.set(name, text);
  for (const [name, text] of other.gitAliases) state.gitAliases.set(name, text);
  for (const [path, text] of other.files) {
    const mine = state.files.get(path);
    state.files.set(path, mine === undefined || mine === text ? text : `${mine}\n${text}`);
  }
  if (state.positional?.join("\0") !== other.positional?.join("\0")) state.positional = undefined;
}

function joined<Item>(
  one: readonly Item[],
  two: readonly Item[],
  key: (item: Item) => string,
  unknown: Item,
): readonly Item[] {
  if (one === two) return one;
  const all = new Map([...one, ...two].map((item) => [key(item), item]));
  return all.size > alternativesLimit ? [unknown] : [...all.values()];
}

/** Whether two states tell the same, as far as a loop can change it. */
export function sameState(one: ShellState, other: ShellState): boolean {
  return digest(one) === digest(other);
}

const digest = (state: ShellState): string =>
  JSON.stringify([
    state.cwds.map((cwd) => cwd ?? null),
    [...state.variables],
    state.positional ?? null,
    [...state.functions.keys()],
    [...state.files],
    [...state.aliases],
  ]);
