/**
 * When two command lines are the same command. A line that does the same and is spelled a little differently has the same
 * identity; one that might do something else has another. An answer that a person gave to one holds for the other.
 */
import { gitVerbTable } from "./git-harms.ts";
import { type GitOptions, readOptions } from "./git-options.ts";
import { pushOptions } from "./git-push.ts";
import { gitWords } from "./git-words.ts";
import { readShell } from "./read-shell.ts";
import type { ShellCommand } from "./shell-command.ts";
import type { ShellWord } from "./unknown.ts";

/** `cwd` is absolute. Never throws. */
export function identityOf(line: string, cwd: string): string {
  const reading = readShell(line, { cwd });
  const asWritten = JSON.stringify(["text", line.trim(), cwd]);
  if (reading.doubts.length > 0 || reading.commands.length === 0 || !isSequence(line)) return asWritten;
  const commands = reading.commands.filter((command) => !staysPut(command));
  if (commands.some(isUnclear)) return asWritten;
  return JSON.stringify(["commands", cwd, commands.map(normal)]);
}

/**
 * How commands stand to each other (`&&`, `|`, loops, here-documents) is not part of the reading of the single ones: a
 * line with any of that is told by its text. Only what stands in one quoted or escaped word, and a `cd` before a
 * command, is looked through.
 */
function isSequence(line: string): boolean {
  let rest = line.trim();
  for (;;) {
    const folder = /^cd\s+[\w@%+=:,./~-]+\s*(?:&&|;)\s*/.exec(rest);
    if (!folder) break;
    rest = rest.slice(folder[0].length);
  }
  return isOneCommand(rest);
}

/** No sign that connects commands or computes anything stands outside quotes. */
function isOneCommand(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] ?? "";
    if (sign === "\\") at += 1;
    else if (sign === "'") {
      const end = text.indexOf("'", at + 1);
      if (end < 0) return false;
      at = end;
    } else if (sign === '"') {
      for (at += 1; at < text.length && text[at] !== '"'; at += 1) {
        if (text[at] === "\\") at += 1;
        else if (text[at] === "$" || text[at] === "`") return false;
      }
    } else if ("|&;<>()`$#{}\n!".includes(sign) && !isRedirection(text, at)) return false;
  }
  return true;
}

/** Plain redirections to files are in the reading. */
const isRedirection = (text: string, at: number): boolean =>
  text[at] === ">" && !/^>[&(|]/.test(text.slice(at)) && !/[<&]$/.test(text.slice(0, at));

const staysPut = (command: ShellCommand): boolean =>
  command.program === "cd" && command.via.length === 0 && command.redirections.length === 0;

const isUnclear = ({ words, redirections, env, cwd }: ShellCommand): boolean =>
  cwd === undefined ||
  [...words, ...redirections.map(({ target }) => target), ...Object.values(env)].some((word) => !word.exact);

function normal(command: ShellCommand): unknown {
  return [
    command.cwd,
    command.program === "git" && command.words[0]?.text === "git"
      ? gitForm(command)
      : command.words.map(formOf),
    Object.entries(command.env)
      .map(([name, value]) => [name, value.text])
      .sort(([a], [b]) => ((a ?? "") < (b ?? "") ? -1 : 1)),
    command.via,
    command.elevated,
    command.remote ?? null,
    command.redirections.map(({ operator, target }) => [operator, formOf(target)]),
    command.input ?? null,
  ];
}

/** A pattern is not the word that looks like it. */
const formOf = ({ text, pattern }: ShellWord): unknown => (pattern ? { pattern: text } : text);

/** Short options of `git push` by their long names. */
const pushNames: Readonly<Record<string, string>> = {
  d: "delete",
  f: "force",
  n: "dry-run",
  o: "push-option",
  q: "quiet",
  u: "set-upstream",
  v: "verbose",
};

/** Git's options stand in any order and in several spellings; what they are about stands in its own order. */
function gitForm(command: ShellCommand): unknown {
  const { verb, args, before } = gitWords(command.words, command.env);
  const known: GitOptions | undefined =
    verb?.text === "push"
      ? pushOptions
      : verb && Object.hasOwn(gitVerbTable, verb.text)
        ? gitVerbTable[verb.text]
        : undefined;
  if (!verb || !known) return command.words.map(formOf);
  const names = verb.text === "push" ? pushNames : {};
  const { given, rest, beforeDashes } = readOptions(args, known);
  const options = given.map(
    ({ name, value }) => [names[name] ?? name, value === undefined ? null : formOf(value)] as const,
  );
  return [before.map(formOf), verb.text, inOrder(options), rest.map(formOf), beforeDashes ?? null];
}

/** Options that do not touch each other change places freely; those of one name keep the order among them. */
function inOrder(options: readonly (readonly [string, unknown])[]): unknown {
  const bare = (name: string) => name.replace(/^no-/, "");
  return options
    .map(([name, value], index) => ({ name, value, index }))
    .sort((a, b) => (bare(a.name) < bare(b.name) ? -1 : bare(a.name) > bare(b.name) ? 1 : a.index - b.index))
    .map(({ name, value }) => [name, value]);
}
