/** What well-known programs destroy, stop or publish. To add one: a row in one of the tables beside this file. */
import type { Weight } from "@tutti/core";
import { resolvePath } from "./paths.ts";
import { type Grounds, type Place, placeOfPath } from "./places.ts";
import type { ShellCommand } from "./shell-command.ts";
import type { ShellWord } from "./unknown.ts";

export interface Destruction {
  effect: "ask" | "deny";
  /** One sentence for a person. */
  says: string;
  weight: Weight;
  alternative?: string;
}

export interface DestructiveCall {
  command: ShellCommand;
  /** The words after the program's. */
  args: readonly ShellWord[];
  /** The same, as texts. */
  texts: readonly string[];
  grounds: Grounds;
}

export type Destroys = (call: DestructiveCall) => Destruction | undefined;

export const asks = (says: string, weight: Weight = "irreversible", alternative?: string): Destruction => ({
  effect: "ask",
  says,
  weight,
  ...(alternative !== undefined && { alternative }),
});

/** Where a word leads; undefined when that is not known. */
function placeOfWord(
  word: ShellWord,
  { command, grounds }: Pick<DestructiveCall, "command" | "grounds">,
): Place | undefined {
  if (!word.exact) return undefined;
  const path = resolvePath(word.text, command.cwd);
  if (path === undefined) return undefined;
  return command.remote === undefined
    ? placeOfPath(path, grounds)
    : placeOfPath(path, { workspace: null, home: null });
}

export const has = (texts: readonly string[], ...options: readonly string[]): boolean =>
  texts.some((text) => options.some((option) => text === option || text.startsWith(`${option}=`)));

/** Whether a letter stands in a bundle of short options before a `--`. */
export function hasLetter(texts: readonly string[], letters: string): boolean {
  const dashes = texts.indexOf("--");
  return texts
    .slice(0, dashes < 0 ? undefined : dashes)
    .some((text) => /^-[A-Za-z0-9]+$/.test(text) && [...letters].some((letter) => text.includes(letter)));
}

/** Words that are no options. */
export function operands(args: readonly ShellWord[]): readonly ShellWord[] {
  const dashes = args.findIndex(({ text }) => text === "--");
  const before = dashes < 0 ? args : args.slice(0, dashes);
  return [
    ...before.filter(({ text }) => !text.startsWith("-") || text === "-"),
    ...(dashes < 0 ? [] : args.slice(dashes + 1)),
  ];
}

const named: Readonly<Record<Place, string>> = {
  everything: "everything on the machine",
  home: "a whole home folder",
  workspace: "the whole workspace",
  repository: "git's own records of the repository",
  inside: "files of the workspace",
  scratch: "scratch files",
  system: "a part of the operating system",
  outside: "files outside the workspace",
};

/** What it means that a command destroys a tree of files: `verb` is a word such as "deletes". */
export function destroysPlaces(
  call: DestructiveCall,
  words: readonly ShellWord[],
  verb: string,
  tree: boolean,
): Destruction | undefined {
  let found: Destruction | undefined;
  for (const word of words) {
    const place = placeOfWord(word, call);
    const where = call.command.remote === undefined ? "" : ` on ${call.command.remote}`;
    if (place === undefined) {
      const what = word.text === "" ? "files" : `${word.text}${word.exact ? "" : "…"}`;
      found ??= asks(
        `It ${verb} ${what}${where}, and which files those are is known only when the command runs.`,
        "irreversible",
        "Write the path out.",
      );
    } else if ((place === "everything" || place === "home") && tree)
      return {
        effect: "deny",
        says: `It ${verb} ${named[place]}${where} (${word.text}).`,
        weight: "irreversible",
      };
    else if (place !== "inside" && place !== "scratch")
      found ??= asks(`It ${verb} ${named[place]}${where} (${word.text}).`);
  }
  return found;
}
