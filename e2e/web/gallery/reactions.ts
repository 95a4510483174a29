/** What the machine and the program do when the person has answered: at once, and always well. */
import type { LoggedEvent, SessionState } from "@tutti/core";
import type { Log } from "./log.ts";
import { program, runner, sha } from "./names.ts";

/** Goes on where an answer leads; events that nothing follows from are left alone. */
export function react(log: Log, { session, event, by }: LoggedEvent): void {
  const state = log.state(session);
  if (by.kind !== "person" || event.type !== "approval.resolved" || !state) return;
  const subject = state.approvals[event.approval]?.subject;
  const allowed = event.answer === "allow";
  switch (subject?.kind) {
    case "push":
      log.append(
        session,
        {
          type: "push.finished",
          push: subject.push,
          outcome: {
            result: allowed ? "forwarded" : "refused",
            refs: subject.facts.updates.map(({ ref }) => ({ ref, ok: allowed, message: "" })),
            message: allowed ? "" : (event.reason ?? "a person said no"),
            rescued: allowed
              ? subject.facts.updates.flatMap(({ old }) =>
                  old === null ? [] : [{ ref: "refs/tutti/rescue/search-index", sha: old }],
                )
              : [],
          },
        },
        runner,
      );
      break;
    case "tool":
      if (allowed)
        log.append(
          session,
          { type: "tool.begun", turn: subject.turn, call: subject.call.id, approval: event.approval },
          runner,
        );
      log.append(
        session,
        {
          ...{ type: "tool.finished", turn: subject.turn, call: subject.call.id, ok: allowed },
          output: { text: allowed ? "200 OK" : `refused: ${event.reason ?? "a person said no"}`, cut: 0 },
        },
        runner,
      );
      break;
    case "merge":
      if (allowed) merge(log, state, subject);
      else if (event.notes)
        log.append(
          session,
          {
            ...{ type: "task.moved", task: subject.task, phase: "fixing", round: 2 },
            detail: `${event.notes.length} notes of a person`,
          },
          program,
        );
      else end(log, session, subject.task, event.reason ?? "a person said no");
      break;
    default:
  }
}

type Merge = Extract<SessionState["approvals"][string]["subject"], { kind: "merge" }>;

function merge(log: Log, { id, work }: SessionState, { task, commit, tree, target, head }: Merge): void {
  const repository = Object.values(work).flatMap(({ result }) =>
    result?.type === "repository.inspected" ? [result.root] : [],
  )[0];
  if (repository === undefined) return;
  const merged = sha("a41be77");
  log.append(id, { type: "task.moved", task, phase: "merging", round: 1, detail: `into ${target}` }, program);
  log.append(
    id,
    {
      type: "work.requested",
      work: `merge-${task}`,
      request: { type: "candidate.merge", task, repository, commit, tree, target, head },
    },
    program,
  );
  log.append(
    id,
    {
      type: "work.finished",
      work: `merge-${task}`,
      result: { type: "candidate.merged", commit: merged, checkout: "updated", notes: [] },
    },
    runner,
  );
  end(log, id, task, "", merged);
}

function end(log: Log, session: string, task: string, detail: string, merged: string | null = null): void {
  log.append(
    session,
    { type: "task.ended", task, outcome: merged ? "merged" : "declined", detail, mergedCommit: merged },
    program,
  );
  log.append(session, { type: "session.closed", reason: "all tasks have ended" }, program);
}
