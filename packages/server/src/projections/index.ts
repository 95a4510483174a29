/**
 * The read models, written in the transaction that appends. To add one: a file beside this one that exports a
 * `Projection`, its table in a migration, and a line in `readModels`.
 */
import { budgetAnswers } from "./budget-answers.ts";
import { deadlines } from "./deadlines.ts";
import { inbox } from "./inbox.ts";
import { mergedChanges } from "./merged-changes.ts";
import type { Projection } from "./projection.ts";
import { type ReadModel, rebuildOutdated } from "./rebuild.ts";
import { sessionSummaries } from "./session-summaries.ts";
import { spending } from "./spending.ts";
import { transcripts } from "./transcripts.ts";

/** A version is raised when the same log gives other rows; 0 is what databases without a note of it hold. */
const readModels: readonly ReadModel[] = [
  { name: "session-summaries", version: 1, tables: ["session_summaries"], projection: sessionSummaries },
  { name: "spending", version: 1, tables: ["usage_entries", "spending"], projection: spending },
  {
    name: "budget-answers",
    version: 1,
    tables: ["budget_questions", "budget_agreements"],
    projection: budgetAnswers,
  },
  { name: "deadlines", version: 1, tables: ["deadlines"], projection: deadlines },
  { name: "merged-changes", version: 1, tables: ["merged_changes"], projection: mergedChanges },
  { name: "inbox", version: 1, tables: ["inbox_questions", "inbox_failures"], projection: inbox },
  { name: "transcripts", version: 1, tables: ["transcripts"], projection: transcripts },
];

export const project: Projection = async (tx, state, appended) => {
  for (const { projection } of readModels) await projection(tx, state, appended);
};

/** Makes read models that another version wrote, or that are new, anew from the log. Before anything is appended. */
export const bringReadModelsUpToDate = (database: Parameters<typeof rebuildOutdated>[0]) =>
  rebuildOutdated(database, readModels);
