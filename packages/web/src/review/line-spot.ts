/** Before or after the change: line numbers are of one of them. */
export type Side = "before" | "after";

export interface LineSpot {
  path: string;
  side: Side;
  /** The first and the last of a range; equal for one line. */
  from: number;
  to: number;
}
