/**
 * Where a shell command line writes, as far as its text tells.
 *
 * This is a filter and no boundary: what is computed when the command runs, what a program does of itself, and what a
 * script does that the command starts, cannot be seen in the text. It catches what agents do by mistake. Confinement is
 * what keeps them from doing it on purpose.
 */
import { posix } from "node:path";
import { type Command, forEachChild, parse, type Redirection, type SyntaxNode, type Word } from "unbash";
import { basename, type Call, writtenBy } from "./shell-places.ts";
import { home, textsOf } from "./shell-words.ts";

/** A place that a command line writes to. */
export interface ShellWrite {
  /** Absolute, or beginning with `~` for a home folder. */
  path: string;
  /** Who writes: a command's name, or a redirection's sign. */
  by: string;
}

/** The folder that a part of the command line runs in; undefined when it is not known. */
interface Scope {
  cwd: string | undefined;
}

/** How deep command lines within command lines are read. */
const depthLimit = 8;

/** The places that are written for certain, when the line is carried out in `cwd`. Never throws on any text. */
export function shellWrites(line: string, cwd: string): ShellWrite[] {
  const found: ShellWrite[] = [];
  readLine(line, { cwd }, 0, found);
  return found;
}

function readLine(line: string, scope: Scope, depth: number, found: ShellWrite[]): void {
  if (depth <= depthLimit) visit(parse(line), scope, depth, found);
}

function visit(node: SyntaxNode, scope: Scope, depth: number, found: ShellWrite[]): void {
  const into = (inner: Scope) => forEachChild(node, (child) => visit(child, inner, depth, found));
  switch (node.type) {
    case "Command":
      for (const redirection of node.redirects) redirected(redirection, scope, found);
      into(scope);
      carriedOut(node, scope, depth, found);
      break;
    case "Redirected":
      for (const redirection of node.redirects) redirected(redirection, scope, found);
      into(scope);
      break;
    // What these do to the folder ends with them.
    case "Subshell":
    case "CommandExpansion":
    case "ProcessSubstitution":
    case "Function":
    case "Coproc":
      into({ ...scope });
      break;
    case "Pipeline":
      forEachChild(node, (child) => visit(child, { ...scope }, depth, found));
      break;
    default:
      into(scope);
  }
}

function redirected(redirection: Redirection, scope: Scope, found: ShellWrite[]): void {
  if (redirection.type !== "Redirect" || redirection.operator === "<" || redirection.operator === "<&")
    return;
  const { operator, target } = redirection;
  if (!target || (operator === ">&" && /^(\d+-?|-)$/.test(target.value))) return;
  for (const path of placesOf(target, scope)) found.push({ path, by: operator });
}

const shells = new Set(["sh", "bash", "zsh", "dash", "ksh"]);
/** Commands that carry out the command in their arguments, with those of their options that take a value. */
const carriers: Readonly<Record<string, readonly string[]>> = {
  sudo: ["-u", "-g", "-C", "-D", "-h", "-p", "-r", "-t", "-U"],
  doas: ["-u", "-C"],
  env: ["-u", "-C", "-S"],
  nice: ["-n"],
  ionice: ["-c", "-n", "-p"],
  nohup: [],
  setsid: [],
  stdbuf: ["-i", "-o", "-e"],
  timeout: ["-k", "-s"],
  time: ["-f", "-o"],
  command: [],
  builtin: [],
  exec: ["-a"],
  xargs: ["-I", "-n", "-P", "-L", "-d", "-a", "-E", "-s"],
};

function carriedOut(command: Command, scope: Scope, depth: number, found: ShellWrite[]): void {
  const words = [
    ...(command.name ? [command.name] : []),
    ...command.args.filter((arg): arg is Word => arg.type === "Word"),
  ];
  const [name, ...args] = uncarried(words);
  const program = name && exactly(name);
  if (!program || program.startsWith("-")) return;
  const call = basename(program);

  if (call === "eval") {
    const texts = args.map(exactly);
    if (texts.every((text) => text !== undefined)) readLine(texts.join(" "), scope, depth + 1, found);
    return;
  }
  if (shells.has(call)) {
    const flag = args.findIndex((arg) => /^-[a-z]*c$/.test(arg.value));
    const script = flag < 0 ? undefined : args[flag + 1];
    const text = script && exactly(script);
    if (text !== undefined) readLine(text, { ...scope }, depth + 1, found);
    else if (args.length === 0)
      for (const redirection of command.redirects)
        if (redirection.type === "HereDoc") readLine(redirection.body.text, { ...scope }, depth + 1, found);
    return;
  }
  if (call === "cd" || call === "pushd") {
    const target = args.find((arg) => !/^-[LPe@]+$|^--$/.test(arg.value));
    const [known, ...others] = target ? textsOf(target) : [{ text: home, exact: true }];
    scope.cwd =
      known?.exact && others.length === 0 && known.text !== "-" ? resolve(known.text, scope) : undefined;
    return;
  }
  if (call === "popd") {
    scope.cwd = undefined;
    return;
  }
  written(call, args, scope, found);
}

/** The words of the command that is carried out in the end: `sudo -u me timeout 5 rm x` is `rm x`. */
function uncarried(words: readonly Word[]): readonly Word[] {
  const carrier = words[0] && exactly(words[0]);
  const valued =
    carrier === undefined
      ? undefined
      : Object.hasOwn(carriers, basename(carrier))
        ? carriers[basename(carrier)]
        : undefined;
  if (!valued || carrier === undefined) return words;
  let index = 1;
  for (; index < words.length; index += 1) {
    const { value } = words[index] ?? { value: "" };
    if (valued.includes(value)) index += 1;
    else if (!value.startsWith("-") && !/^[A-Za-z_]\w*=/.test(value)) break;
  }
  if (basename(carrier) === "timeout") index += 1;
  return uncarried(words.slice(index));
}

function written(name: string, words: readonly Word[], scope: Scope, found: ShellWrite[]): void {
  // Alternatives in braces are arguments of their own, as the shell makes them.
  const args = words.flatMap((word) => textsOf(word).map(textOfArgument));
  const call: Call = { name, args };
  const { places, folders } = writtenBy(call);
  for (const place of [...places, ...folders]) {
    const path = place === "" ? scope.cwd : resolve(place, scope);
    if (path !== undefined) found.push({ path, by: name });
  }
}

/** An argument of which only the beginning is known counts as the folder that it certainly lies in. */
function textOfArgument({ text, exact }: { text: string; exact: boolean }): string | undefined {
  if (exact) return text;
  const folder = text.slice(0, text.lastIndexOf("/") + 1);
  return folder === "" || text.startsWith("-") ? undefined : folder;
}

function placesOf(word: Word, scope: Scope): string[] {
  return textsOf(word).flatMap((known) => {
    const text = textOfArgument(known);
    const path = text === undefined || text === "" ? undefined : resolve(text, scope);
    return path === undefined ? [] : [path];
  });
}

function exactly(word: Word): string | undefined {
  const [known, ...others] = textsOf(word);
  return known?.exact && others.length === 0 ? known.text : undefined;
}

/** The place that a path means, when that is known. */
function resolve(path: string, { cwd }: Scope): string | undefined {
  if (path.startsWith(home)) return path;
  if (posix.isAbsolute(path)) return posix.normalize(path);
  if (cwd === undefined) return undefined;
  return cwd.startsWith(home) ? `${home}/${path}` : posix.resolve(cwd, path);
}
