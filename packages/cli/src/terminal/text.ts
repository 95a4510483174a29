import { stripVTControlCharacters, styleText } from "node:util";

/** A piece of a line in one style. */
export type Look = "bold" | "dim" | "red" | "green" | "yellow" | "cyan" | "code";
export interface Span {
  text: string;
  look?: Look | undefined;
}
/** How a look is drawn. A code is light on dark on every terminal, as a camera wants it. */
const styles = {
  bold: "bold",
  dim: "dim",
  red: "red",
  green: "green",
  yellow: "yellow",
  cyan: "cyan",
  code: ["whiteBright", "bgBlack"],
} as const satisfies Record<Look, Parameters<typeof styleText>[0]>;

/** A line of a terminal: pieces of text, which are cut to its width before they are coloured. */
export type Line = readonly (Span | string)[];

/** Where lines are written: its width, and whether it shows colours. */
export interface Surface {
  columns: number;
  stream: NodeJS.WritableStream;
}

const segments = new Intl.Segmenter();
const wide =
  /^[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;
const invisible = /^[\p{Mn}\p{Me}\p{Cf}]/u;

/** Cells that a text takes in a terminal. */
export function cells(text: string): number {
  let count = 0;
  for (const { segment } of segments.segment(text))
    count += invisible.test(segment) ? 0 : wide.test(segment) ? 2 : 1;
  return count;
}

/**
 * Text from outside as one harmless line: no escape sequences, no control or direction characters, blanks folded.
 * What an agent or a repository says must not steer the terminal of the person who reads it.
 */
export function plain(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\p{Cc}\u2028\u2029]+/gu, " ")
    .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, "")
    .replace(/ +/g, " ")
    .trim();
}

/** The same for text of several lines, whose lines and indentation stay. */
export function plainLines(text: string): string[] {
  return stripVTControlCharacters(text)
    .split(/\r?\n/)
    .map((line) =>
      line
        .replaceAll("\t", "    ")
        .replace(/\p{Cc}/gu, "")
        .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, ""),
    );
}

/** A text cut to a number of cells, with a sign that it was. */
export function cut(text: string, limit: number): string {
  if (cells(text) <= limit) return text;
  let kept = "";
  let count = 0;
  for (const { segment } of segments.segment(text)) {
    const more = cells(segment);
    if (count + more > limit - 1) break;
    kept += segment;
    count += more;
  }
  return limit > 0 ? `${kept}…` : "";
}

/** A text filled with blanks to a number of cells. */
export const padded = (text: string, width: number): string =>
  text + " ".repeat(Math.max(0, width - cells(text)));

/** A line as it is written: cut to the surface's width, coloured where the surface shows colours (NO_COLOR is heeded). */
export function render(line: Line, { columns, stream }: Surface): string {
  let left = columns;
  let text = "";
  for (const piece of line) {
    if (left <= 0) break;
    const span: Span = typeof piece === "string" ? { text: piece } : piece;
    const fitting = cut(span.text, left);
    left -= cells(fitting);
    text += span.look && fitting ? styleText(styles[span.look], fitting, { stream }) : fitting;
  }
  return text;
}

/** A line broken at blanks so that it fits a width; what follows the lead is indented below it. */
export function wrapped(lead: Line, text: Line, columns: number): Line[] {
  const spans = (line: Line) =>
    line.map((piece): Span => (typeof piece === "string" ? { text: piece } : piece));
  const indent = spans(lead).reduce((sum, span) => sum + cells(span.text), 0);
  const room = Math.max(20, columns - indent);
  const lines: Span[][] = [[]];
  let left = room;
  for (const { text: whole, look } of spans(text))
    for (const word of whole.split(/(?<= )(?! )/)) {
      if (cells(word.trimEnd()) > left && left < room) {
        lines.push([]);
        left = room;
      }
      lines.at(-1)?.push({ text: word, look });
      left -= cells(word);
    }
  return lines.map((line, index) => [...(index === 0 ? lead : [" ".repeat(indent)]), ...line]);
}
