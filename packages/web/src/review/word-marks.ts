/** Which words of a changed line differ from the line that it replaces. Pure. */
import type { DiffLine } from "./patch.ts";

/** From and to, in characters; `to` is the first that is not marked. */
export type Range = readonly [from: number, to: number];

/** More pairs than this are not weighed against each other. */
const weighedPairs = 1_600;
/** Lines that share less than this of their words do not replace each other. */
const likeEnough = 0.4;
/** A common run of at least so many characters parts two marks. */
const partingLength = 10;
/** Longer lines are marked from their first to their last difference. */
const longestParted = 400;

/** Marks of the lines of a hunk, by the line's index. Lines that replace nothing like them have none. */
export function wordMarks(lines: readonly DiffLine[]): Map<number, Range[]> {
  const marks = new Map<number, Range[]>();
  let at = 0;
  while (at < lines.length) {
    const removed = runOf(lines, at, "removed");
    const added = runOf(lines, at + removed, "added");
    if (removed > 0 && added > 0)
      for (const [a, b] of pairs(lines, at, removed, added)) {
        const before = lines[a]?.text ?? "";
        const after = lines[b]?.text ?? "";
        const [old, fresh] = difference(before, after);
        if (old.length > 0) marks.set(a, old);
        if (fresh.length > 0) marks.set(b, fresh);
      }
    at += Math.max(1, removed + added);
  }
  return marks;
}

function runOf(lines: readonly DiffLine[], from: number, kind: DiffLine["kind"]): number {
  let to = from;
  while (lines[to]?.kind === kind) to += 1;
  return to - from;
}

/** Removed lines with the added ones that replace them, in order, so that as much as possible is alike. */
function pairs(lines: readonly DiffLine[], at: number, removed: number, added: number): [number, number][] {
  const middle = at + removed;
  if (removed * added > weighedPairs)
    return removed === added ? Array.from({ length: removed }, (_, i) => [at + i, middle + i]) : [];
  const words = (line: DiffLine | undefined) => wordsOf(line?.text ?? "");
  const old = Array.from({ length: removed }, (_, i) => words(lines[at + i]));
  const fresh = Array.from({ length: added }, (_, j) => words(lines[middle + j]));
  const weights = old.map((a) => fresh.map((b) => likeness(a, b)));
  // best[i][j]: the most that the lines from i and j on can share.
  const best = Array.from({ length: removed + 1 }, () => new Float64Array(added + 1));
  const bestAt = (i: number, j: number) => best[i]?.[j] ?? 0;
  const weightAt = (i: number, j: number) => weights[i]?.[j] ?? 0;
  for (let i = removed - 1; i >= 0; i -= 1)
    for (let j = added - 1; j >= 0; j -= 1) {
      const row = best[i];
      const weight = weightAt(i, j);
      const paired = weight >= likeEnough ? weight + bestAt(i + 1, j + 1) : 0;
      if (row) row[j] = Math.max(paired, bestAt(i + 1, j), bestAt(i, j + 1));
    }
  const found: [number, number][] = [];
  for (let i = 0, j = 0; i < removed && j < added; ) {
    const weight = weightAt(i, j);
    if (weight >= likeEnough && bestAt(i, j) === weight + bestAt(i + 1, j + 1)) {
      found.push([at + i, middle + j]);
      i += 1;
      j += 1;
    } else if (bestAt(i, j) === bestAt(i + 1, j)) i += 1;
    else j += 1;
  }
  return found;
}

const wordsOf = (text: string): string[] => text.match(/[\p{L}\p{N}_$]+/gu) ?? [];

/** The share of words that both have. */
function likeness(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return 0;
  const left = new Map<string, number>();
  for (const word of a) left.set(word, (left.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of b) {
    const count = left.get(word) ?? 0;
    if (count === 0) continue;
    common += 1;
    left.set(word, count - 1);
  }
  return (2 * common) / (a.length + b.length);
}

const tokensOf = (text: string): string[] => text.match(/[\p{L}\p{N}_$]+|\s+|./gsu) ?? [];

/** What differs between two lines, in each of them. */
export function difference(before: string, after: string): [Range[], Range[]] {
  const old: Range[] = [];
  const fresh: Range[] = [];
  compare(tokensOf(before), tokensOf(after), 0, 0, old, fresh);
  return [old, fresh];
}

function compare(a: string[], b: string[], aAt: number, bAt: number, old: Range[], fresh: Range[]): void {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1;
  const lead = lengthOf(a.slice(0, head));
  const aMiddle = a.slice(head, a.length - tail);
  const bMiddle = b.slice(head, b.length - tail);
  const common =
    aMiddle.length * bMiddle.length > longestParted ** 2 ? undefined : longestCommon(aMiddle, bMiddle);
  if (common && common.characters >= partingLength) {
    const { a: i, b: j, count } = common;
    const first = [aMiddle.slice(0, i), bMiddle.slice(0, j)] as const;
    const aNext = aAt + lead + lengthOf(aMiddle.slice(0, i + count));
    const bNext = bAt + lead + lengthOf(bMiddle.slice(0, j + count));
    compare(first[0], first[1], aAt + lead, bAt + lead, old, fresh);
    compare(aMiddle.slice(i + count), bMiddle.slice(j + count), aNext, bNext, old, fresh);
    return;
  }
  if (aMiddle.length > 0) old.push([aAt + lead, aAt + lead + lengthOf(aMiddle)]);
  if (bMiddle.length > 0) fresh.push([bAt + lead, bAt + lead + lengthOf(bMiddle)]);
}

const lengthOf = (tokens: readonly string[]): number => tokens.reduce((sum, token) => sum + token.length, 0);

function longestCommon(a: readonly string[], b: readonly string[]) {
  let best = { a: 0, b: 0, count: 0, characters: 0 };
  let above: { count: number; characters: number }[] = [];
  for (let i = 0; i < a.length; i += 1) {
    const row: typeof above = [];
    for (let j = 0; j < b.length; j += 1) {
      const token = a[i];
      if (token === undefined || token !== b[j]) {
        row.push({ count: 0, characters: 0 });
        continue;
      }
      const before = above[j - 1];
      const run = {
        count: (before?.count ?? 0) + 1,
        characters: (before?.characters ?? 0) + token.trim().length,
      };
      row.push(run);
      if (run.characters > best.characters) best = { a: i - run.count + 1, b: j - run.count + 1, ...run };
    }
    above = row;
  }
  return best;
}
