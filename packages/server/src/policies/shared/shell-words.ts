/** What a word of a shell command says before it is run, as far as that can be told from its text. */
import type { Word, WordPart } from "unbash";

/** One text that a word may become. `exact` is false when only the beginning is known. */
export interface KnownText {
  text: string;
  exact: boolean;
}

/** The home folder is not known here; a path that begins with this is in it. */
export const home = "~";

/** The folder of the command, as a path begins with it. */
const here = ".";

const alternativesLimit = 64;

/** The texts that a word becomes: several when it holds alternatives in braces. */
export function textsOf(word: Word): KnownText[] {
  const unquotedTilde = /^~(\/|$)/.test(word.text) || /^~[a-z_]/.test(word.text);
  if (!word.parts) return [{ text: unquotedTilde ? word.value : quoted(word.value), exact: true }];
  let texts: KnownText[] = [{ text: "", exact: true }];
  for (const part of word.parts) {
    const next = partTexts(part);
    texts = texts.flatMap((known) =>
      known.exact ? next.map(({ text, exact }) => ({ text: known.text + text, exact })) : [known],
    );
    if (texts.length > alternativesLimit) texts = [{ text: "", exact: false }];
  }
  const isHome = unquotedTilde || /^"?\$(HOME\b|\{HOME\})/.test(word.text);
  return isHome ? texts : texts.map((known) => ({ ...known, text: quoted(known.text) }));
}

/** A tilde that the shell would leave alone. */
const quoted = (text: string): string => (text.startsWith("~") ? `./${text}` : text);

function partTexts(part: WordPart): KnownText[] {
  switch (part.type) {
    case "Literal":
    case "SingleQuoted":
    case "AnsiCQuoted":
      return [{ text: part.value, exact: true }];
    case "Glob":
      return [{ text: part.value, exact: true }];
    case "DoubleQuoted":
    case "LocaleString": {
      let whole: KnownText = { text: "", exact: true };
      for (const child of part.parts) {
        const [next = { text: "", exact: false }] = partTexts(child);
        if (whole.exact) whole = { text: whole.text + next.text, exact: next.exact };
      }
      return [whole];
    }
    case "SimpleExpansion":
    case "ParameterExpansion":
      return [variable(part.text)];
    case "BraceExpansion": {
      const inner = /^\{([^{}$`]*,[^{}$`]*)\}$/.exec(part.text)?.[1];
      return inner === undefined
        ? [{ text: "", exact: false }]
        : inner.split(",").map((text) => ({ text, exact: true }));
    }
    default:
      return [{ text: "", exact: false }];
  }
}

function variable(text: string): KnownText {
  switch (text.replace(/[{}]/g, "")) {
    case "$HOME":
      return { text: home, exact: true };
    case "$PWD":
      return { text: here, exact: true };
    case "$TMPDIR":
      return { text: "/tmp", exact: true };
    default:
      return { text: "", exact: false };
  }
}
