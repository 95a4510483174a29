import "../code/syntax.css";
import { memo } from "react";
import { classNames } from "../design/class-names.ts";
import type { DrawnLine, DrawnRow } from "./drawn-lines.ts";
import type { LineSpot, Side } from "./line-spot.ts";

const signs = { same: "", added: "+", removed: "−" } as const;

interface RowsProps {
  path: string;
  rows: readonly DrawnRow[];
  isSplit: boolean;
  isFirst: boolean;
  isLast: boolean;
  /** What is picked to be commented on, if it is in this file. */
  picked: LineSpot | undefined;
}

/** Lines of one file. What is pressed in it is told by `data-side` and `data-line` to the pane that holds it. */
export const DiffRows = memo(function DiffRows({ path, rows, isSplit, isFirst, isLast, picked }: RowsProps) {
  return (
    <div role="rowgroup" className={classNames("diff", isFirst && "pt-1", isLast && "pb-1")} data-path={path}>
      {rows.map((row, index) =>
        isSplit ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: a block's rows never change their places
          <SplitRow key={index} row={row} picked={picked} />
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: a block's rows never change their places
          <UnifiedRow key={index} row={row} picked={picked} />
        ),
      )}
    </div>
  );
});

function UnifiedRow({ row, picked }: { row: DrawnRow; picked: LineSpot | undefined }) {
  const line = row.before ?? row.after;
  if (!line) return null;
  const side = line.kind === "removed" ? "before" : "after";
  return (
    <div
      role="row"
      className={classNames("diff-line", colourOf(line), isPicked(picked, side, line) && "diff-picked")}
    >
      {side === "before" ? <LineNumber side="before" line={line.before} /> : <Quiet number={line.before} />}
      {side === "after" ? <LineNumber side="after" line={line.after} /> : <Quiet number={undefined} />}
      <Sign line={line} />
      <Code line={line} />
    </div>
  );
}

function SplitRow({ row: { before, after }, picked }: { row: DrawnRow; picked: LineSpot | undefined }) {
  return (
    <div role="row" className="diff-pair">
      <Half side="before" line={before} picked={picked} />
      <Half side="after" line={after} picked={picked} />
    </div>
  );
}

function Half({
  side,
  line,
  picked,
}: {
  side: Side;
  line: DrawnLine | undefined;
  picked: LineSpot | undefined;
}) {
  if (!line)
    return (
      <span role="cell" className="diff-half diff-none">
        <span className="sr">nothing</span>
      </span>
    );
  return (
    <div
      role="presentation"
      className={classNames("diff-half", colourOf(line), isPicked(picked, side, line) && "diff-picked")}
    >
      <LineNumber side={side} line={side === "before" ? line.before : line.after} />
      <Sign line={line} />
      <Code line={line} />
    </div>
  );
}

function LineNumber({ side, line }: { side: Side; line: number | undefined }) {
  return (
    <span role="cell" className="diff-number">
      <button
        type="button"
        tabIndex={-1}
        data-side={side}
        data-line={line}
        aria-label={side === "before" ? `Note on removed line ${line}` : `Note on line ${line}`}
      >
        {line}
      </button>
    </span>
  );
}

const Quiet = ({ number }: { number: number | undefined }) => (
  <span role="cell" className="diff-number">
    {number}
  </span>
);

const Sign = ({ line: { kind } }: { line: DrawnLine }) => (
  <span role="cell" className="diff-sign" {...(kind !== "same" && { "aria-label": kind })}>
    {signs[kind]}
  </span>
);

function Code({ line }: { line: DrawnLine }) {
  return (
    <span role="cell" className="diff-code">
      {line.pieces.map(({ text, kind, isMarked }, index) => {
        if (!kind && !isMarked) return text;
        const name = classNames(kind && `syntax-${kind}`);
        return isMarked ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one line have no other name
          <mark key={index} className={name}>
            {text}
          </mark>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one line have no other name
          <span key={index} className={name}>
            {text}
          </span>
        );
      })}
    </span>
  );
}

const colourOf = ({ kind }: DrawnLine) => (kind === "same" ? undefined : `diff-${kind}`);

function isPicked(picked: LineSpot | undefined, side: Side, line: DrawnLine): boolean {
  const number = side === "before" ? line.before : line.after;
  return picked?.side === side && number !== undefined && number >= picked.from && number <= picked.to;
}
