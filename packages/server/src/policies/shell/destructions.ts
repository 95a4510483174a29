/** Everything that a shell line would destroy, stop or publish, as far as its text tells. */
import { asks, type Destroys, type Destruction, type DestructiveCall } from "./destruction.ts";
import { fileDestroyers } from "./destruction-files.ts";
import { machineDestroyers } from "./destruction-machine.ts";
import { serviceDestroyers } from "./destruction-services.ts";
import { resolvePath } from "./paths.ts";
import { type Grounds, placeOfPath } from "./places.ts";
import type { ShellCommand } from "./shell-command.ts";
import type { ShellWord } from "./unknown.ts";
import { writtenBy } from "./written-places.ts";

const tables: Readonly<Record<string, Destroys>> = {
  ...fileDestroyers,
  ...machineDestroyers,
  ...serviceDestroyers,
};

export function destructionsOf(command: ShellCommand, grounds: Grounds): Destruction[] {
  const args = command.words.slice(1);
  const call: DestructiveCall = { command, args, texts: args.map(({ text }) => text), grounds };
  const name = command.program;
  const destroys = Object.hasOwn(tables, name)
    ? tables[name]
    : /^(mkfs|newfs|mke2fs|mkntfs|mkdosfs)\b/.test(name)
      ? wipes
      : undefined;
  const found = destroys?.(call);
  return [...(found ? [found] : []), ...systemWrites(call)];
}

const wipes: Destroys = () => asks("It destroys what is on a disk.");

/** Files that every start of a shell, or the way into the machine, depends on. */
const starts =
  /\/\.(bash_profile|bashrc|profile|zshrc|zprofile|zshenv|ssh\/(authorized_keys|config|id_\w+)|gnupg\/.*|netrc|npmrc|gitconfig|config\/git\/config)$/;

function systemWrites({ command, grounds }: DestructiveCall): Destruction[] {
  if (command.remote !== undefined) return [];
  const opened = command.redirections.map(({ operator, target }): readonly [string, ShellWord] => [
    operator,
    target,
  ]);
  const { places } =
    command.program === "git" || command.program === ""
      ? { places: [] }
      : writtenBy({
          name: command.program,
          args: command.words.slice(1).map((word) => (word.exact ? word.text : undefined)),
        });
  const all = [
    ...opened,
    ...places.map((text): readonly [string, ShellWord] => [command.program, { text, exact: true }]),
  ];
  for (const [by, word] of all) {
    const path = resolvePath(word.text, command.cwd);
    if (path === undefined || word.text === "") continue;
    const place = placeOfPath(path, grounds);
    // What deletes and moves has rows of its own; a word that is only begun names the folder.
    if (place === "system" && !["rm", "unlink", "mv", "find", "shred"].includes(by))
      return [asks(`It overwrites a part of the operating system (${word.text}).`)];
    if (place === "repository" && /^(>|&>|>\||tee|truncate|dd)$/.test(by))
      return [asks(`It overwrites git's own records of the repository (${word.text}).`)];
    if (starts.test(path) && place !== "inside")
      return [asks(`It changes a file that decides how later commands start (${word.text}).`)];
  }
  return [];
}
