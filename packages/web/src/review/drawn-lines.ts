/** A patch as lines that are ready to be drawn: coloured, marked, paired for two columns. Pure. */

import { joined, type SyntaxState, syntaxOf, type TokenKind, tokensOf } from "../code/syntax.ts";
import type { DiffLine, Patch } from "./patch.ts";
import { type Range, wordMarks } from "./word-marks.ts";

/** A piece of a line in one colour. */
export interface Piece {
  text: string;
  kind?: TokenKind;
  isMarked: boolean;
}

export interface DrawnLine extends DiffLine {
  pieces: Piece[];
}

/** What stands beside each other. In one column a row is one line, and `after` is undefined. */
export interface DrawnRow {
  before?: DrawnLine | undefined;
  after?: DrawnLine | undefined;
}

export interface DrawnHunk {
  heading: string;
  skipped: number;
  lines: DrawnLine[];
}

export interface DrawOptions {
  words: boolean;
  /** Lines that differ in white space alone are drawn as unchanged. */
  ignoreWhitespace: boolean;
}

/** Larger patches are drawn without colours. */
const mostColouredLines = 20_000;

export function drawLines(
  path: string,
  { hunks }: Patch,
  { words, ignoreWhitespace }: DrawOptions,
): DrawnHunk[] {
  const total = hunks.reduce((sum, { lines }) => sum + lines.length, 0);
  const syntax = total > mostColouredLines ? undefined : syntaxOf(path);
  return hunks.map(({ heading, skipped, lines: all }) => {
    const lines = ignoreWhitespace ? withoutWhitespaceChanges(all) : all;
    const marks = words ? wordMarks(lines) : new Map<number, Range[]>();
    // Each side is a text of its own: what a removed line begins, an added one does not end.
    const states: { before: SyntaxState; after: SyntaxState } = { before: undefined, after: undefined };
    return {
      heading,
      skipped,
      lines: lines.map((line, index): DrawnLine => {
        if (!syntax) return { ...line, pieces: piecesOf(line.text, [], marks.get(index) ?? []) };
        const side = line.kind === "removed" ? "before" : "after";
        const { tokens, state } = tokensOf(syntax, line.text, states[side]);
        states[side] = state;
        if (line.kind === "same") states.before = state;
        return { ...line, pieces: piecesOf(line.text, joined(tokens), marks.get(index) ?? []) };
      }),
    };
  });
}

function piecesOf(
  text: string,
  tokens: readonly { from: number; to: number; kind: TokenKind }[],
  marks: readonly Range[],
): Piece[] {
  const cuts = new Set([0, text.length]);
  for (const { from, to } of tokens) cuts.add(from).add(to);
  for (const [from, to] of marks) cuts.add(from).add(to);
  const places = [...cuts].sort((a, b) => a - b);
  const pieces: Piece[] = [];
  let token = 0;
  let mark = 0;
  for (let index = 0; index + 1 < places.length; index += 1) {
    const from = places[index] ?? 0;
    const to = places[index + 1] ?? from;
    while ((tokens[token]?.to ?? Number.POSITIVE_INFINITY) <= from) token += 1;
    while ((marks[mark]?.[1] ?? Number.POSITIVE_INFINITY) <= from) mark += 1;
    const kind = (tokens[token]?.from ?? Number.POSITIVE_INFINITY) <= from ? tokens[token]?.kind : undefined;
    const isMarked = (marks[mark]?.[0] ?? Number.POSITIVE_INFINITY) <= from;
    pieces.push({ text: text.slice(from, to), ...(kind && { kind }), isMarked });
  }
  return pieces;
}

/** Removed and added lines of one block that are equal but for white space become one unchanged line. */
function withoutWhitespaceChanges(lines: readonly DiffLine[]): DiffLine[] {
  const all: DiffLine[] = [];
  for (let at = 0; at < lines.length; ) {
    const removed = takeKind(lines, at, "removed");
    const added = takeKind(lines, at + removed.length, "added");
    if (removed.length > 0 && removed.length === added.length) {
      const gone: DiffLine[] = [];
      const come: DiffLine[] = [];
      const flush = () => all.push(...gone.splice(0), ...come.splice(0));
      removed.forEach((old, index) => {
        const fresh = added[index];
        if (!fresh) return;
        if (bare(old.text) !== bare(fresh.text)) {
          gone.push(old);
          come.push(fresh);
          return;
        }
        flush();
        all.push({ ...fresh, kind: "same", ...(old.before !== undefined && { before: old.before }) });
      });
      flush();
    } else all.push(...removed, ...added);
    at += removed.length + added.length;
    const line = lines[at];
    if (line && line.kind === "same") {
      all.push(line);
      at += 1;
    }
  }
  return all;
}

const bare = (text: string) => text.replace(/\s+/g, "");

function takeKind(lines: readonly DiffLine[], from: number, kind: DiffLine["kind"]): DiffLine[] {
  let to = from;
  while (lines[to]?.kind === kind) to += 1;
  return lines.slice(from, to);
}

/** Lines beside each other: what was removed stands left of what was added. */
export function inTwoColumns(lines: readonly DrawnLine[]): DrawnRow[] {
  const rows: DrawnRow[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at];
    if (line?.kind === "same") {
      rows.push({ before: line, after: line });
      at += 1;
      continue;
    }
    let middle = at;
    while (lines[middle]?.kind === "removed") middle += 1;
    let end = middle;
    while (lines[end]?.kind === "added") end += 1;
    for (let index = 0; index < Math.max(middle - at, end - middle); index += 1)
      rows.push({
        before: at + index < middle ? lines[at + index] : undefined,
        after: middle + index < end ? lines[middle + index] : undefined,
      });
    at = end;
  }
  return rows;
}
