/** The simple commands of a shell line, as far as its text tells: what is computed when it runs cannot be seen. */
import { type Command, forEachChild, parse, type SyntaxNode, type Word } from "unbash";
import { textsOf } from "./shell-words.ts";

export interface SimpleCommand {
  /** The program's name without its folder. */
  program: string;
  /** Arguments as far as they are known. */
  args: readonly string[];
}

const depthLimit = 8;
const shells = new Set(["sh", "bash", "zsh", "dash", "ksh"]);
/** Commands that carry out the command in their arguments. */
const carriers = new Set(
  "sudo doas env nice ionice nohup setsid stdbuf timeout time command builtin exec xargs".split(" "),
);

interface Reading {
  commands: readonly SimpleCommand[];
  words: readonly string[];
}

/** Several policies read the same line, one after the other. */
const readings = new Map<string, Reading>();
const readingsLimit = 50;

/** The commands that a line carries out, those within others included. */
export const commandsOf = (line: string): readonly SimpleCommand[] => readingOf(line).commands;

/** Every literal word of a line, once: of commands, of redirections and of assignments. */
export const wordsOf = (line: string): readonly string[] => readingOf(line).words;

function readingOf(line: string): Reading {
  const before = readings.get(line);
  if (before) return before;
  const commands: SimpleCommand[] = [];
  const words = new Set<string>();
  read(line, 0, commands, words);
  for (const { program, args } of commands) for (const word of [program, ...args]) words.add(word);
  const made = { commands, words: [...words] };
  if (readings.size >= readingsLimit) readings.clear();
  readings.set(line, made);
  return made;
}

function read(line: string, depth: number, found: SimpleCommand[], words: Set<string>): void {
  if (depth > depthLimit) return;
  const note = (word: Word) => {
    for (const { text } of textsOf(word)) words.add(text);
  };
  const visit = (node: SyntaxNode) => {
    if (node.type === "Command") add(node, depth, found, words);
    else if (node.type === "Assignment" && node.value?.type === "Word") note(node.value);
    if ("redirects" in node)
      for (const one of node.redirects) if (one.type === "Redirect" && one.target) note(one.target);
    forEachChild(node, visit);
  };
  visit(parse(line));
}

function add(command: Command, depth: number, found: SimpleCommand[], all: Set<string>): void {
  const words = [command.name, ...command.args].filter(
    (word): word is Word => word !== undefined && word.type === "Word",
  );
  addWords(
    words.flatMap((word) => textsOf(word).map(({ text }) => text)),
    depth,
    found,
    all,
  );
}

function addWords(words: readonly string[], depth: number, found: SimpleCommand[], all: Set<string>): void {
  const [first, ...args] = words;
  if (first === undefined || first === "") return;
  const program = first.slice(first.lastIndexOf("/") + 1);
  found.push({ program, args });
  if (program === "eval") read(args.join(" "), depth + 1, found, all);
  else if (shells.has(program)) {
    const flag = args.findIndex((arg) => /^-[a-z]*c$/.test(arg));
    const script = flag < 0 ? undefined : args[flag + 1];
    if (script !== undefined) read(script, depth + 1, found, all);
  } else if (carriers.has(program) && depth < depthLimit) {
    // Options of a carrier may take values: every word that may begin the carried command is tried.
    for (const [index, arg] of args.entries())
      if (/^[a-zA-Z./]/.test(arg) && !/^[A-Za-z_]\w*=/.test(arg)) {
        addWords(args.slice(index), depth + 1, found, all);
        break;
      }
  }
}
