/** Draws a row by its kind. A kind without a renderer is no program that compiles. */
import { type ComponentType, memo } from "react";
import type { Row, RowKind } from "../session/timeline/rows.ts";
import { Call } from "./call.tsx";
import { CandidateRow } from "./candidate.tsx";
import { Checks } from "./checks.tsx";
import { Failure } from "./failure.tsx";
import { FindingRow } from "./finding.tsx";
import { Fold } from "./fold.tsx";
import type { ItemProps } from "./item.ts";
import { Message } from "./message.tsx";
import { Note } from "./note.tsx";
import { Notice } from "./notice.tsx";
import { OutcomeRow } from "./outcome.tsx";
import { Prepared } from "./prepared.tsx";
import { Push } from "./push.tsx";
import { Question } from "./question.tsx";
import { Reasoning } from "./reasoning.tsx";
import { ReviewRow } from "./review.tsx";
import { Running } from "./running.tsx";
import { Streaming } from "./streaming.tsx";
import { Turn } from "./turn.tsx";
import { Words } from "./words.tsx";

const renderers = {
  words: Words,
  turn: Turn,
  message: Message,
  reasoning: Reasoning,
  notice: Notice,
  call: Call,
  fold: Fold,
  running: Running,
  streaming: Streaming,
  finding: FindingRow,
  review: ReviewRow,
  failure: Failure,
  prepared: Prepared,
  checks: Checks,
  candidate: CandidateRow,
  question: Question,
  push: Push,
  note: Note,
  outcome: OutcomeRow,
} as const satisfies { [K in RowKind]: ComponentType<ItemProps<K>> };

export const RowItem = memo(function RowItem({ row }: { row: Row }) {
  // Which renderer fits which row is checked above.
  const Item = renderers[row.kind] as ComponentType<{ row: Row }>;
  return <Item row={row} />;
});
