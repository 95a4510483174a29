/**
 * Texts with unknown places in them. The shell computes most texts when it runs; what cannot be told from the line stands
 * in a text as one of four characters of Unicode's private use area. A line that holds such a character itself is read as
 * if something unknown stood there, which is the careful side.
 */

/** A text in which unknown places may stand. */
export type Text = string;

/** Anything at all, within one word. */
export const anything = "\uE000";
/** A number or a plain name: letters, digits, dots, never an option and never more than one word. */
export const plain = "\uE001";
/** Names of files, as a pattern or a listing gives them. */
export const fileNames = "\uE002";
/** Anything at all, of which the shell may make several words or none. */
export const anyWords = "\uE003";

/** One word of a command. `text` is all of it, or what is known of its beginning when `exact` is false. */
export interface ShellWord {
  text: string;
  exact: boolean;
  /** It stands for names of files, or for a number or plain name: `*` in the text is where. */
  pattern?: true;
  /** It may turn out to be several words, or none. */
  open?: true;
}

const hole = /[\uE000\uE003]/;

export const isKnown = (text: Text): boolean => !/[\uE000-\uE003]/.test(text);

/** Whether code with this text in it may do something that the text does not show. */
export const hidesCode = (text: Text): boolean => /[\uE000\uE003]/.test(text);

export function wordOf(text: Text): ShellWord {
  if (isKnown(text)) return { text, exact: true };
  const end = text.search(hole);
  const known = end < 0 ? text : text.slice(0, end);
  return {
    text: known.replace(/[\uE001\uE002]/g, "*"),
    exact: end < 0,
    ...(/[\uE001\uE002]/.test(text) ? { pattern: true as const } : {}),
    ...(text.includes(anyWords) ? { open: true as const } : {}),
  };
}

/** A text for people: unknown places as an ellipsis. */
export const shown = (text: Text): string =>
  text.replaceAll(fileNames, "*").replace(/[\uE000\uE001\uE003]/g, "…");
