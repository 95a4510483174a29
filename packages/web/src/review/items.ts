/** A change as a flat list of what is drawn: a file's head, blocks of lines, what is said about a line. Pure. */
import type { ChangedFile } from "@tutti/core";
import type { Comment } from "./comments.ts";
import { type DrawnHunk, type DrawnRow, inTwoColumns } from "./drawn-lines.ts";
import type { ReviewFinding } from "./findings.ts";
import type { LineSpot, Side } from "./line-spot.ts";

export interface ViewFile extends ChangedFile {
  /** The path before a rename; null where there was none. */
  from: string | null;
}

export type Item =
  | { type: "file"; key: string; path: string; file: ViewFile; isOpen: boolean }
  | { type: "hunk"; key: string; path: string; heading: string; isFirst: boolean }
  | { type: "rows"; key: string; path: string; rows: DrawnRow[]; isFirst: boolean; isLast: boolean }
  | { type: "finding"; key: string; path: string; finding: ReviewFinding; isPlaced: boolean; spot: LineSpot }
  | { type: "comment"; key: string; path: string; comment: Comment }
  | { type: "draft"; key: string; path: string; spot: LineSpot }
  | { type: "notice"; key: string; path: string; notice: Notice }
  | { type: "waiting"; key: string; path: string; lines: number };

/** Said in a file's place, instead of its lines or beside them. */
export type Notice =
  | { kind: "binary" | "moved" | "mode" | "empty" | "failed"; words: string }
  /** Nobody asked for its lines yet. */
  | { kind: "long"; words: string }
  /** The middle of its patch was left out on the way. */
  | { kind: "cut"; words: string };

/** What is said about lines of a file. `side` and `line` tell where; a line that is not shown puts it at the file's head. */
export interface Placed<T> {
  side: Side;
  line: number | undefined;
  what: T;
}

export interface FileContents {
  file: ViewFile;
  isOpen: boolean;
  /** Undefined while it is not here. */
  hunks: DrawnHunk[] | undefined;
  notices: readonly Notice[];
  findings: readonly Placed<ReviewFinding>[];
  comments: readonly Comment[];
  draft: LineSpot | undefined;
}

/** Lines that are drawn together. */
const blockRows = 40;

export function itemsOf(contents: FileContents, isSplit: boolean): Item[] {
  const { file, isOpen, hunks, notices, findings, comments, draft } = contents;
  const { path } = file;
  const items: Item[] = [{ type: "file", key: `file ${path}`, path, file, isOpen }];
  if (!isOpen) return items;

  const waiting = new Map<string, Item[]>();
  const put = (side: Side, line: number | undefined, item: Item) => {
    const spot = line === undefined ? "head" : `${side} ${line}`;
    waiting.set(spot, [...(waiting.get(spot) ?? []), item]);
  };
  for (const { side, line, what } of findings)
    put(side, line, {
      ...{ type: "finding", key: `${what.id} ${path}`, path, finding: what, isPlaced: true },
      spot: { path, side, from: line ?? 1, to: line ?? 1 },
    });
  for (const comment of comments)
    put(comment.side, comment.to, { type: "comment", key: comment.id, path, comment });
  if (draft) put(draft.side, draft.to, { type: "draft", key: `draft ${path}`, path, spot: draft });

  const body: Item[] = [];
  for (const [index, { heading, lines }] of (hunks ?? []).entries()) {
    if (heading !== "" || index > 0)
      body.push({ type: "hunk", key: `hunk ${path} ${index}`, path, heading, isFirst: index === 0 });
    const rows = isSplit
      ? inTwoColumns(lines)
      : lines.map((line): DrawnRow => (line.kind === "removed" ? { before: line } : { after: line }));
    let block: DrawnRow[] = [];
    let blocks = 0;
    const close = () => {
      if (block.length === 0) return;
      body.push({
        ...{ type: "rows" as const, key: `rows ${path} ${index} ${blocks}`, path, rows: block },
        ...{ isFirst: blocks === 0, isLast: false },
      });
      blocks += 1;
      block = [];
    };
    for (const row of rows) {
      block.push(row);
      const said = [
        ...taken(waiting, `before ${row.before?.before ?? row.after?.before}`),
        ...taken(waiting, `after ${row.after?.after}`),
      ];
      if (said.length > 0 || block.length >= blockRows) close();
      body.push(...said);
    }
    close();
    const last = body.at(-1);
    if (last?.type === "rows") last.isLast = true;
  }
  items.push(
    ...notices.map(
      (notice): Item => ({ type: "notice", key: `notice ${path} ${notice.kind}`, path, notice }),
    ),
  );
  // What has no line here stands at the head of its file, where nobody misses it; while lines are on their way it stands there, too.
  for (const left of waiting.values())
    items.push(...left.map((item) => (item.type === "finding" ? { ...item, isPlaced: false } : item)));
  if (hunks === undefined && !notices.some(({ kind }) => kind !== "cut" && kind !== "mode"))
    items.push({
      ...{ type: "waiting", key: `waiting ${path}`, path },
      lines: (file.additions ?? 0) + (file.deletions ?? 0) + 6,
    });
  return [...items, ...body];
}

function taken(waiting: Map<string, Item[]>, spot: string): Item[] {
  const said = waiting.get(spot) ?? [];
  waiting.delete(spot);
  return said;
}

const lineHeight = 20;

/** How high an item is before it was drawn, in pixels. */
export function guessedHeight(item: Item): number {
  switch (item.type) {
    case "file":
      return 37;
    case "hunk":
      return 25;
    case "rows":
      return item.rows.length * lineHeight + (item.isFirst ? 4 : 0) + (item.isLast ? 4 : 0);
    case "finding":
      return 180;
    case "comment":
      return 90;
    case "draft":
      return 150;
    case "notice":
      return 40;
    case "waiting":
      return Math.min(item.lines, 60) * lineHeight;
  }
}
