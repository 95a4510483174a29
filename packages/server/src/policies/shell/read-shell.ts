/**
 * Reads a shell command line without running it.
 *
 * What the line says is read as far as a text tells it: quotes, variables of the line, functions, aliases, everything that
 * carries a command. What is computed when the command runs is a doubt wherever it decides which command is carried out.
 * What a program does of itself, what a script does that lies in a file, and programs in other languages are out of a
 * text filter's reach: only plain literals that those hand to a shell are read. Confinement is what holds against intent.
 */
import { parse } from "unbash";
import { carrier, environment } from "./carry.ts";
import { interpreter } from "./interpret.ts";
import { basename } from "./paths.ts";
import type { Doubt, ShellCommand, ShellReading } from "./shell-command.ts";
import { newState, type ShellState } from "./shell-state.ts";
import { isKnown, shown, type Text, wordOf } from "./unknown.ts";
import type { Frame, Walk } from "./walk.ts";

const commandsLimit = 400;
const codeLimit = 300;
const lengthLimit = 1_000_000;
const shownLimit = 120;

export interface ShellPlace {
  /** The folder that the line is carried out in; absolute. */
  cwd: string | undefined;
  /** The person's home folder; `~` when its place is not known. */
  home?: string;
}

/** Never throws, on any text. */
export function readShell(line: string, { cwd, home = "~" }: ShellPlace): ShellReading {
  const commands: ShellCommand[] = [];
  const doubts = new Map<string, Doubt>();
  const doubt = (reason: string, text: Text) => {
    const all = shown(text === "" ? line : text);
    const short = all.length > shownLimit ? `${all.slice(0, shownLimit)}…` : all;
    if (doubts.size < 50) doubts.set(reason + short, { reason, text: short });
  };
  if (line.length > lengthLimit) doubt("it is longer than what is read", line);
  else
    try {
      read(line, cwd, home, commands, doubt);
    } catch {
      doubt("it cannot be read", line);
    }
  return { commands: distinct(commands), doubts: [...doubts.values()] };
}

function read(
  line: string,
  cwd: string | undefined,
  home: string,
  commands: ShellCommand[],
  doubt: Walk["doubt"],
): void {
  let budget = codeLimit;
  let descriptors = 63;
  const deferred: { text: Text; frame: Frame }[] = [];
  const spend = (cost: number): boolean => {
    budget -= cost;
    if (budget < 0) doubt("it holds more than what is read", "");
    return budget >= 0;
  };
  const walk: Walk = {
    home,
    doubt,
    spend,
    code(text, state, frame) {
      if (!spend(1)) return "";
      return parts.script(parse(text), state, frame);
    },
    script: (script, state, frame) => parts.script(script, state, frame),
    node: (node, state, frame) => parts.node(node, state, frame),
    carry(words, state, frame) {
      if (!spend(0.25)) return "";
      return peel(words, state, frame);
    },
    emit(words, state, frame) {
      if (commands.length >= commandsLimit) return doubt("it holds more commands than are read", "");
      for (const folder of state.cwds) commands.push(commandOf(words, folder, state, frame));
    },
    later(text, state, frame) {
      deferred.push({ text, frame });
      walk.code(text, state, { ...frame, depth: frame.depth + 1 });
    },
    nextDescriptor: () => `/dev/fd/${descriptors++}`,
  };
  const parts = interpreter(walk);
  const peel = carrier(walk);
  const state = newState(cwd);
  const frame: Frame = {
    env: {},
    via: [],
    elevated: false,
    remote: undefined,
    stdin: undefined,
    depth: 0,
    redirections: [],
    direct: false,
  };
  walk.code(line, state, frame);
  for (const one of deferred) walk.code(one.text, state, { ...one.frame, depth: one.frame.depth + 1 });
}

function commandOf(
  words: readonly Text[],
  cwd: string | undefined,
  state: ShellState,
  frame: Frame,
): ShellCommand {
  const shownWords = words.map(wordOf);
  return {
    program: programOf(words[0] ?? ""),
    words: shownWords,
    cwd,
    env: environment(state, frame),
    via: frame.via,
    elevated: frame.elevated,
    redirections: frame.redirections,
    ...(frame.stdin !== undefined && isKnown(frame.stdin) ? { input: frame.stdin } : {}),
    ...(frame.remote === undefined ? {} : { remote: frame.remote }),
  };
}

/** The name may be known where the folder is not. */
function programOf(word: Text): string {
  const name = basename(word);
  return isKnown(name) ? name : basename(wordOf(word).text);
}

function distinct(commands: readonly ShellCommand[]): ShellCommand[] {
  if (commands.length < 2) return [...commands];
  return [...new Map(commands.map((command) => [JSON.stringify(command), command])).values()];
}
