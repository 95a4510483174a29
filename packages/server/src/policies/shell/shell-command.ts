/** What a reading of a shell command line answers. */
import type { ShellWord } from "./unknown.ts";

export interface Redirection {
  /** `>`, `>>`, `>|`, `&>`, `&>>`, `<>` or `>&`. */
  operator: string;
  target: ShellWord;
}

/** One simple command that the line would carry out, with everything peeled off that only carries it. */
export interface ShellCommand {
  /** The program's name without its folder; empty for a redirection that belongs to no command. */
  program: string;
  /** All words, the program's as it was written first. */
  words: readonly ShellWord[];
  /** The folder that it runs in; undefined when that is not known. */
  cwd: string | undefined;
  /** Assignments that the line makes for it. A value of which only the beginning is known ends there. */
  env: Readonly<Record<string, ShellWord>>;
  /** Names of what carries it, outermost first: `sudo`, `bash`, `xargs`, `alias`, … */
  via: readonly string[];
  /** Carried by something that gives it another user's rights. */
  elevated: boolean;
  /** The files that its redirections write. */
  redirections: readonly Redirection[];
  /** What it is fed on its standard input, when the line says so. */
  input?: string;
  /** The other machine or the container that it runs on. */
  remote?: string;
}

/** Something that the line would carry out and that its text does not tell. */
export interface Doubt {
  /** A clause for people: "which program is run is known only when the command runs". */
  reason: string;
  /** The place in question, shortened. */
  text: string;
}

export interface ShellReading {
  commands: readonly ShellCommand[];
  doubts: readonly Doubt[];
}
