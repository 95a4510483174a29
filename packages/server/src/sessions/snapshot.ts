import { foldAll, type SessionState } from "@tutti/core";
import type { Kysely } from "kysely";
import { type Schema, toJsonb } from "../database/schema.ts";
import { readSession } from "../log/read.ts";

/** The shape of stored states. Raise it when `SessionState` or the fold changes: older states are folded anew. */
const shape = 4;

const pageSize = 1_000;

/** A session's row, as far as its state goes. */
export interface SessionRow {
  id: string;
  head: number;
  state: unknown;
}

/** The text of a state for its column. */
export const toSnapshot = (state: SessionState): string => toJsonb({ shape, state: { ...state } });

/** The state in a session's row, or, when another version of the fold wrote it, the fold of the log up to the row's head. */
export async function fromSnapshot(kysely: Kysely<Schema>, row: SessionRow): Promise<SessionState> {
  if (isCurrent(row.state)) return row.state.state;
  let state: SessionState | undefined;
  let seq = 0;
  while (seq < row.head) {
    const page = await readSession(kysely, row.id, seq, Math.min(pageSize, row.head - seq));
    if (page.length === 0) break;
    state = foldAll(page, state);
    seq += page.length;
  }
  if (state === undefined || seq !== row.head) throw new Error(`the log of session ${row.id} is not whole`);
  return state;
}

/** What was stored with today's shape is what the fold made, and is not parsed again. */
function isCurrent(stored: unknown): stored is { shape: number; state: SessionState } {
  return (
    typeof stored === "object" &&
    stored !== null &&
    "shape" in stored &&
    stored.shape === shape &&
    "state" in stored
  );
}
