/** What a row of the timeline is drawn with. */
import type { SessionState } from "@tutti/core";
import { createContext, useContext } from "react";
import type { RowKind, RowOf } from "../session/timeline/rows.ts";

export interface ItemProps<K extends RowKind> {
  row: RowOf<K>;
}

/** What all rows of one timeline share. */
export interface TimelineContextValue {
  root: string;
  /** What a session is now. */
  session(id: string): SessionState | undefined;
  /** Several tasks: rows name theirs. */
  namesTasks: boolean;
  /** Which folds a person opened, by key. */
  isOpen(key: string): boolean;
  toggle(key: string): void;
}

export const TimelineContext = createContext<TimelineContextValue | undefined>(undefined);

export function useTimeline(): TimelineContextValue {
  const value = useContext(TimelineContext);
  if (!value) throw new Error("an item stands outside of a timeline");
  return value;
}
