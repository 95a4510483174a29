/** Which parts of a command the risk lies in, as far as Tutti's own words about it tell. Pure. */

export interface CommandPart {
  text: string;
  hot: boolean;
}

/** A word of a text that names a thing: a path, a host, a flag, an object id. Plain words name nothing. */
const isName = (word: string): boolean => word.length >= 4 && /[./~:@*=_\d-]/.test(word.slice(0, -1));

/** Marks in a command what the texts name. Without a name that occurs in it, the command stands plain. */
export function hotParts(command: string, texts: readonly string[]): CommandPart[] {
  const names = [
    ...new Set(
      texts
        .flatMap((text) => text.split(/\s+/))
        .map((word) => word.replace(/^[("'`“‘]+|[)"'`”’.,;:!?]+$/g, ""))
        .filter(isName),
    ),
  ].toSorted((a, b) => b.length - a.length);
  const parts: CommandPart[] = [];
  const add = (text: string, hot: boolean) => {
    const last = parts.at(-1);
    if (last && last.hot === hot) last.text += text;
    else parts.push({ text, hot });
  };
  let at = 0;
  while (at < command.length) {
    const name = names.find((one) => command.startsWith(one, at) && isWhole(command, at, one.length));
    const text = name ?? command.slice(at, at + 1);
    add(text, name !== undefined);
    at += text.length;
  }
  return parts;
}

/** Letters and digits do not go on before or after it. */
const isWhole = (command: string, at: number, length: number): boolean =>
  !/[\p{L}\p{N}]/u.test(command.charAt(at - 1)) && !/[\p{L}\p{N}]/u.test(command.charAt(at + length));
