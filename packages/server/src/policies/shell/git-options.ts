/** Options of a git verb, as git itself reads them: bundles of letters, abbreviations, negations, values. */
import type { ShellWord } from "./unknown.ts";

export interface GitOptions {
  /** Letters that take a value. */
  valued?: string;
  /** Long options that take the next word, when they are given no value with `=`. */
  valuedLong?: readonly string[];
  /** Long options of which abbreviations are to be understood. */
  long?: readonly string[];
}

export interface ReadOptions {
  /** What was given, in order: `f` for a letter, `force` for a long option, `no-force` for its negation. */
  given: readonly { name: string; value: ShellWord | undefined }[];
  rest: readonly ShellWord[];
  /** How many of `rest` come before a `--`; undefined without one. */
  beforeDashes: number | undefined;
  /** Words that may be options and are not known. */
  unclear: readonly ShellWord[];
}

export function readOptions(args: readonly ShellWord[], options: GitOptions): ReadOptions {
  const given: { name: string; value: ShellWord | undefined }[] = [];
  const rest: ShellWord[] = [];
  const unclear: ShellWord[] = [];
  let beforeDashes: number | undefined;
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at];
    if (!word) break;
    const { text } = word;
    if (beforeDashes !== undefined) {
      rest.push(word);
      continue;
    }
    if (text === "--" && word.exact) {
      beforeDashes = rest.length;
      continue;
    }
    if (mayBeOption(word)) unclear.push(word);
    if (!text.startsWith("-") || text === "-") {
      rest.push(word);
      continue;
    }
    if (text.startsWith("--")) {
      const equals = text.indexOf("=");
      const name = text.slice(2, equals < 0 ? undefined : equals);
      const takes = equals < 0 && options.valuedLong?.includes(name);
      const value = takes ? args[++at] : equals < 0 ? undefined : { ...word, text: text.slice(equals + 1) };
      for (const meant of meanings(name, options.long ?? [])) given.push({ name: meant, value });
      continue;
    }
    for (let letter = 1; letter < text.length; letter += 1) {
      const name = text[letter] ?? "";
      if (!(options.valued ?? "").includes(name)) {
        given.push({ name, value: undefined });
        continue;
      }
      given.push({
        name,
        value: letter + 1 < text.length ? { ...word, text: text.slice(letter + 1) } : args[++at],
      });
      break;
    }
  }
  return { given, rest, beforeDashes, unclear };
}

/** Whether a word that is not known may turn out to be an option. */
export const mayBeOption = (word: ShellWord): boolean =>
  word.open === true ||
  (!word.exact && (word.text === "" || (word.text.startsWith("-") && !word.text.includes("=")))) ||
  (word.pattern === true && word.text.startsWith("*"));

/** The options that an abbreviation may stand for. Git refuses one that is ambiguous; here it stands for all. */
function meanings(name: string, long: readonly string[]): readonly string[] {
  if (long.includes(name)) return [name];
  const negated = name.startsWith("no-") && name.length > 3;
  const bare = negated ? name.slice(3) : name;
  if (long.includes(bare)) return [name];
  const found = long.filter((one) => bare.length > 0 && one.startsWith(bare));
  if (found.length === 0) return [name];
  return negated ? found.map((one) => `no-${one}`) : found;
}

/** Whether one of the names was given, and not taken back after that. */
export function isGiven({ given }: Pick<ReadOptions, "given">, ...names: readonly string[]): boolean {
  const last = given.findLast(({ name }) => names.includes(name.replace(/^no-/, "")) || names.includes(name));
  return last !== undefined && names.includes(last.name);
}
