/**
 * The read models, written in the transaction that appends. To add one: a file beside this one that exports a
 * `Projection`, its table in a migration, and a line in `projections`.
 */
import type { Projection } from "./projection.ts";
import { sessionSummaries } from "./session-summaries.ts";

const projections: readonly Projection[] = [sessionSummaries];

export const project: Projection = async (tx, state, appended) => {
  for (const projection of projections) await projection(tx, state, appended);
};
