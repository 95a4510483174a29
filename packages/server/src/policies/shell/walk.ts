/** What the parts of the reader share: the frame that a command runs in, and the ways into each other. */
import type { ParsedScript, Script, SyntaxNode } from "unbash";
import type { Redirection } from "./shell-command.ts";
import type { ShellState } from "./shell-state.ts";
import type { ShellWord, Text } from "./unknown.ts";

/** How a command is carried out. */
export interface Frame {
  env: Readonly<Record<string, ShellWord>>;
  via: readonly string[];
  elevated: boolean;
  remote: string | undefined;
  /** What it reads on its standard input; undefined when nothing is fed to it. */
  stdin: Text | undefined;
  /** How many command lines within command lines this is. */
  depth: number;
  redirections: readonly Redirection[];
  /** Set when the shell's functions and aliases are passed by. */
  direct: boolean;
}

/** One reading of one line. */
export interface Walk {
  home: string;
  doubt(reason: string, text: Text): void;
  /** Takes from what one reading may cost; false, and a doubt, when there is nothing left. */
  spend(cost: number): boolean;
  /** Reads code that a shell is given; answers what it prints. */
  code(text: Text, state: ShellState, frame: Frame): Text;
  /** Reads parsed code in the same shell. */
  script(script: Script | ParsedScript, state: ShellState, frame: Frame): Text;
  /** Reads any other part of a parsed line. */
  node(node: SyntaxNode, state: ShellState, frame: Frame): Text;
  /** Reads a command that is made of words; answers what it prints. */
  carry(words: readonly Text[], state: ShellState, frame: Frame): Text;
  /** Notes a command that is carried out. */
  emit(words: readonly Text[], state: ShellState, frame: Frame): void;
  /** Reads code when the line has come to its end. */
  later(text: Text, state: ShellState, frame: Frame): void;
  /** A path that the shell has not given out before, for a process substitution. */
  nextDescriptor(): string;
}

export const inside = (frame: Frame, by: string, more: Partial<Frame> = {}): Frame => ({
  ...frame,
  redirections: [],
  direct: false,
  ...more,
  via: [...frame.via, by],
});
