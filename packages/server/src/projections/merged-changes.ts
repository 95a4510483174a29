import type { Projection } from "./projection.ts";

/** Changes that were merged, each known by its task. */
export const mergedChanges: Projection = async (tx, state, appended) => {
  for (const { session, at, event } of appended) {
    if (event.type !== "task.ended" || event.outcome !== "merged") continue;
    const { task, mergedCommit: commit } = event;
    const text = state.tasks[task]?.spec.text ?? task;
    await tx
      .insertInto("merged_changes")
      .values({ root: session, task, text, commit, at: new Date(at) })
      .execute();
  }
};
