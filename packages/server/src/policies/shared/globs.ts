/**
 * Globs: `*` and `?` stay within a folder, `**` crosses folders, `{a,b}` are alternatives, `[ab]` is one of. Everything else
 * is itself. Case makes no difference: on some machines it makes none to the file either.
 */

const cache = new WeakMap<readonly string[], RegExp>();
const nothing = /(?!)/;

/** Whether one of the globs matches the whole text. `a/**` matches `a` too. What is made of a list is kept by the list itself. */
export function matchesAny(globs: readonly string[], text: string): boolean {
  let expression = cache.get(globs);
  if (!expression) {
    expression = globs.length === 0 ? nothing : new RegExp(`^(?:${globs.map(sourceOf).join("|")})$`, "is");
    cache.set(globs, expression);
  }
  return expression.test(text);
}

function sourceOf(glob: string): string {
  let source = "";
  let alternatives = 0;
  for (let index = 0; index < glob.length; index += 1) {
    const char = glob.charAt(index);
    if (glob.startsWith("/**", index) && index + 3 === glob.length) {
      source += "(?:/.*)?";
      index += 2;
    } else if (glob.startsWith("**/", index) && (index === 0 || glob.charAt(index - 1) === "/")) {
      source += "(?:[^/]*/)*";
      index += 2;
    } else if (glob.startsWith("**", index)) {
      source += ".*";
      index += 1;
    } else if (char === "*") source += "[^/]*";
    else if (char === "?") source += "[^/]";
    else if (char === "{" && glob.includes("}", index)) {
      source += "(?:";
      alternatives += 1;
    } else if (char === "}" && alternatives > 0) {
      source += ")";
      alternatives -= 1;
    } else if (char === "," && alternatives > 0) source += "|";
    else if (char === "[" && /^\[[^\]\\[]+\]/.test(glob.slice(index))) {
      const end = glob.indexOf("]", index);
      source += glob.slice(index, end + 1).replace("[!", "[^");
      index = end;
    } else source += char.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  }
  return source + ")".repeat(alternatives);
}
