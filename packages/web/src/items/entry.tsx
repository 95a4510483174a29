import type { ReactNode } from "react";
import { classNames } from "../design/class-names.ts";
import { ClockTime } from "../design/time.tsx";
import type { Row } from "../session/timeline/rows.ts";

/** The frame of a row: time and mark where its block begins, a thin line down to the next one. */
export function Entry({ row, mark, children }: { row: Row; mark?: ReactNode; children: ReactNode }) {
  return (
    <>
      {row.isFirst && <ClockTime at={row.block.at} />}
      {row.isFirst && mark}
      <div className="entry-body">{children}</div>
    </>
  );
}

/** The classes of a row's element. */
export const entryClasses = (row: Row, isEnd: boolean): string =>
  classNames("entry", row.isFirst && "entry-first", row.isLast && "entry-last", isEnd && "entry-end");

/** The first line of a block: who or what, and at the right what it took. */
export function EntryHead({ children, spent }: { children: ReactNode; spent?: ReactNode }) {
  return (
    <div className="entry-head">
      <span>{children}</span>
      {spent !== undefined && <span className="spent">{spent}</span>}
    </div>
  );
}
