import { Fragment } from "react";
import type { Piece } from "./words.ts";

/** A sentence whose names of git and the shell stand in their own type. */
export function Pieces({ of }: { of: readonly Piece[] }) {
  return of.map((piece, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a sentence have no other name
    <Fragment key={index}>{typeof piece === "string" ? piece : <code>{piece.code}</code>}</Fragment>
  ));
}
