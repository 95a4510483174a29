/**
 * Where a shell command line writes, as far as its text tells.
 *
 * This is a filter and no boundary: what is computed when the command runs, what a program does of itself, and what a
 * script does that the command starts, cannot be seen in the text. It catches what agents do by mistake. Confinement is
 * what keeps them from doing it on purpose.
 */
import { resolvePath } from "./paths.ts";
import { readOnce } from "./read-once.ts";
import type { ShellWord } from "./unknown.ts";
import { writtenBy } from "./written-places.ts";

/** A place that a command line writes to. */
export interface ShellWrite {
  /** Absolute, or beginning with `~` for a home folder. */
  path: string;
  /** Who writes: a command's name, or a redirection's sign. */
  by: string;
}

/** The places that are written for certain, when the line is carried out in `cwd`. Never throws on any text. */
export function shellWrites(line: string, cwd: string): ShellWrite[] {
  const found: ShellWrite[] = [];
  for (const command of readOnce(line, { cwd }).commands) {
    if (command.remote !== undefined) continue;
    const add = (place: string, by: string) => {
      const path = place === "" ? command.cwd : resolvePath(place, command.cwd);
      if (path !== undefined) found.push({ path, by });
    };
    for (const { operator, target } of command.redirections) {
      const place = placeOf(target);
      if (place !== undefined && place !== "") add(place, operator);
    }
    if (command.program === "" || command.program.startsWith("-")) continue;
    const args = command.words.slice(1).map(placeOf);
    const { places, folders } = writtenBy({ name: command.program, args });
    for (const place of [...places, ...folders]) add(place, command.program);
  }
  return found;
}

/** A word of which only the beginning is known counts as the folder that it certainly lies in. */
function placeOf({ text, exact }: ShellWord): string | undefined {
  if (exact) return text;
  const folder = text.slice(0, text.lastIndexOf("/") + 1);
  return folder === "" || text.startsWith("-") ? undefined : folder;
}
