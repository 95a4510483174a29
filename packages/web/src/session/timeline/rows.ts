/**
 * Blocks to rows: what the list shows, one below the other. Rows of a block that did not change are the same objects as before,
 * so that what is on the screen is not drawn anew.
 */
import type { Delta, Finding } from "@tutti/core";
import type {
  Block,
  CallStep,
  CandidateBlock,
  ChecksBlock,
  MessageStep,
  NoteBlock,
  NoticeStep,
  OutcomeBlock,
  PreparedBlock,
  PushBlock,
  QuestionBlock,
  Step,
  TurnBlock,
  WordsBlock,
} from "./block.ts";
import { countWords } from "./calls.ts";
import { lastLines } from "./output.ts";

interface Shared {
  key: string;
  block: Block;
  /** The first row of its block: it carries the time and the mark. */
  isFirst: boolean;
  isLast: boolean;
}
type Of<K extends string, More> = Shared & { kind: K } & More;

/** A line of what runs: a command or another call, and the last that it printed. */
export interface RunningLine {
  key: string;
  title: CallStep;
  last: string;
  isOpen: boolean;
}

export type Row =
  | Of<"words", { block: WordsBlock }>
  | Of<"turn", { block: TurnBlock }>
  | Of<"message", { block: TurnBlock; step: MessageStep }>
  | Of<"reasoning", { block: TurnBlock; step: MessageStep }>
  | Of<"notice", { block: TurnBlock; step: NoticeStep }>
  | Of<"call", { block: TurnBlock; step: CallStep; isNested: boolean }>
  | Of<"fold", { block: TurnBlock; words: string; isOpen: boolean }>
  | Of<"running", { block: TurnBlock; lines: RunningLine[] }>
  | Of<"streaming", { block: TurnBlock; delta: Delta }>
  | Of<"finding", { block: TurnBlock; finding: Finding }>
  | Of<"review", { block: TurnBlock; summary: string }>
  | Of<"failure", { block: TurnBlock }>
  | Of<"prepared", { block: PreparedBlock }>
  | Of<"checks", { block: ChecksBlock }>
  | Of<"candidate", { block: CandidateBlock }>
  | Of<"question", { block: QuestionBlock }>
  | Of<"push", { block: PushBlock }>
  | Of<"note", { block: NoteBlock }>
  | Of<"outcome", { block: OutcomeBlock }>;
export type RowKind = Row["kind"];
export type RowOf<K extends RowKind> = Extract<Row, { kind: K }>;

type Made = Row extends infer R ? (R extends Row ? Omit<R, "block" | "isFirst" | "isLast"> : never) : never;

/** A maker of rows that remembers what it made. `isOpen` tells which folds a person opened, by key. */
export function rowMaker(): (
  blocks: readonly Block[],
  isOpen: (key: string) => boolean,
  isShown: (block: Block) => boolean,
) => Row[] {
  const made = new WeakMap<Block, { revision: number; isOpen: boolean; rows: Row[] }>();
  return (blocks, isOpen, isShown) => {
    const rows: Row[] = [];
    for (const block of blocks) {
      if (!isShown(block)) continue;
      const open = block.kind === "turn" && isOpen(foldKey(block));
      let known = made.get(block);
      if (known?.revision !== block.revision || known.isOpen !== open) {
        known = { revision: block.revision, isOpen: open, rows: rowsOf(block, open) };
        made.set(block, known);
      }
      for (const row of known.rows) rows.push(row);
    }
    return rows;
  };
}

/**
 * The rows with the text that is being written, each at the end of its turn. New ones at each moment, as the text is.
 */
export function withTexts(rows: readonly Row[], texts: ReadonlyMap<string, Delta>): readonly Row[] {
  if (texts.size === 0) return rows;
  const ends = new Map<string, Delta[]>();
  for (const delta of texts.values()) {
    const key = `${delta.session} ${delta.turn}`;
    ends.set(key, [...(ends.get(key) ?? []), delta]);
  }
  const all: Row[] = [];
  for (const row of rows) {
    const { block } = row;
    const { facts } = block.kind === "turn" ? block : { facts: undefined };
    const written =
      row.isLast && block.kind === "turn" && facts?.parts.at(-1) === block
        ? ends.get(`${facts.session} ${facts.turn}`)
        : undefined;
    if (!written || block.kind !== "turn") {
      all.push(row);
      continue;
    }
    all.push({ ...row, isLast: false });
    for (const [at, delta] of written.entries()) {
      const isLast = at === written.length - 1;
      all.push({
        kind: "streaming",
        key: `text-${delta.session}-${delta.item}`,
        block,
        delta,
        isFirst: false,
        isLast,
      });
    }
  }
  return all;
}

export const foldKey = (block: TurnBlock): string => `fold-${block.key}`;

function rowsOf(block: Block, isOpen: boolean): Row[] {
  const rows: Made[] =
    block.kind === "turn" ? turnRows(block, isOpen) : [{ kind: block.kind, key: block.key }];
  const last = rows.length - 1;
  return rows.map((row, at) => ({ ...row, block, isFirst: at === 0, isLast: at === last }) as Row);
}

function turnRows(block: TurnBlock, isOpen: boolean): Made[] {
  const { facts, key } = block;
  const isFirstPart = facts.parts[0] === block;
  const isLastPart = facts.parts.at(-1) === block;
  const isOver = facts.status !== null;
  const findings = isLastPart ? (facts.review?.findings ?? []) : [];
  // A finding says more than the words around it.
  const ending = findings.length > 0 ? block.steps.length : block.bodyEnd;
  const tail = block.steps.slice(ending).map((step) => stepRow(step, false));
  const rows: Made[] = [];
  if (isFirstPart) rows.push({ kind: "turn", key });
  const words = foldWords(block, ending);
  const fold: Made[] = words === "" ? [] : [{ kind: "fold", key: foldKey(block), words, isOpen }];
  if (fold.length > 0 && isOpen)
    fold.push(...block.steps.slice(0, ending).map((step) => stepRow(step, true)));
  const loud = isOpen ? [] : block.loud.map((step) => stepRow(step, false));
  if (isOver || !isLastPart) rows.push(...tail, ...fold, ...loud);
  else rows.push(...fold, ...loud, ...tail);
  if (isLastPart) {
    const { review } = facts;
    if (review && findings.length === 0 && tail.length === 0 && review.summary !== "")
      rows.push({ kind: "review", key: `review-${key}`, summary: review.summary });
    for (const [at, finding] of findings.entries())
      rows.push({ kind: "finding", key: `finding-${key}-${at}`, finding });
    if (!isOver) {
      const lines = runningLines(block);
      if (lines.length > 0) rows.push({ kind: "running", key: `running-${key}`, lines });
    }
    if (facts.failure) rows.push({ kind: "failure", key: `failure-${key}` });
  }
  return rows.length > 0 ? rows : [{ kind: "turn", key }];
}

function stepRow(step: Step, isNested: boolean): Made {
  if (step.kind === "call") return { kind: "call", key: step.key, step, isNested };
  if (step.kind === "notice") return { kind: "notice", key: step.key, step };
  return { kind: step.kind, key: step.key, step };
}

/** `14 files read, 6 edited, 9 commands run`; what else is folded where there is no call. */
function foldWords(block: TurnBlock, ending: number): string {
  if (ending === 0) return "";
  const calls = countWords(block.counts);
  if (calls !== "") return calls;
  // Without a call there is little to look through.
  const hasMessage = block.steps.some((step, at) => at < ending && step.kind === "message");
  return hasMessage ? "What it said on the way" : "What it thought";
}

const runningCalls = 4;

/** The call that goes on, with those just before it; nothing while none goes on. */
function runningLines(block: TurnBlock): RunningLine[] {
  const calls: CallStep[] = [];
  for (let at = block.steps.length - 1; at >= 0 && calls.length < runningCalls; at -= 1) {
    const step = block.steps[at];
    if (step?.kind === "call" && step.decision.effect !== "deny") calls.unshift(step);
    else if (step?.kind === "message" && calls.length > 0) break;
  }
  const isOpen = (call: CallStep) => call.finished === null && call.decision.effect === "allow";
  if (!calls.some(isOpen)) return [];
  return calls.map((call) => ({
    key: call.key,
    title: call,
    last:
      call.finished && call.call.kind === "shell" ? (lastLines(call.finished.output.text, 1)[0] ?? "") : "",
    isOpen: isOpen(call),
  }));
}
