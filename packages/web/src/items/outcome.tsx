/** How a task ended. */
import type { Outcome } from "@tutti/core";
import { Icon } from "../design/icon.tsx";
import { shortHash } from "../design/words.ts";
import { Entry, EntryHead } from "./entry.tsx";
import { InlineCode } from "./inline-code.tsx";
import { type ItemProps, useTimeline } from "./item.ts";
import { TaskName } from "./task-name.tsx";

const words = {
  merged: "Merged",
  declined: "Declined",
  empty: "Nothing was changed",
  "same-vendor": "No reviewer of another vendor",
  "no-implementer": "No agent could take it",
  "no-review": "No review came in",
  conflict: "It conflicts with the target",
  "moved-head": "The agent left its branch in another state",
  "nested-repository": "The change holds another repository",
  dirty: "Uncommitted work is in the way",
  "checks-failed": "Checks stay red",
  untrusted: "The repository’s commands are not trusted",
  interrupted: "Stopped",
  failed: "Failed",
} as const satisfies Record<Outcome, string>;

/** Outcomes that a person wanted. */
const wanted: readonly Outcome[] = ["declined", "interrupted", "untrusted"];

export function OutcomeRow({ row }: ItemProps<"outcome">) {
  const { session } = useTimeline();
  const { outcome, detail, mergedCommit, task } = row.block;
  const isMerged = outcome === "merged";
  const target = Object.values(session(row.block.session)?.work ?? {}).find(
    ({ request }) => request.type === "candidate.merge" && request.task === task,
  )?.request;
  const look = isMerged ? "text-pass" : wanted.includes(outcome) ? "text-text-3" : "text-stop";
  const icon = isMerged ? "state-merged" : wanted.includes(outcome) ? "state-stopped" : "state-failed";
  return (
    <Entry
      row={row}
      mark={
        <span className={`gate ${look}`}>
          <Icon name={icon} size={14} />
        </span>
      }
    >
      <EntryHead>
        <b>{words[outcome]}</b>
        {isMerged && target?.type === "candidate.merge" && ` into ${target.target}`}
        {mergedCommit !== null && (
          <>
            {" "}
            as <code>{shortHash(mergedCommit)}</code>
          </>
        )}
        <TaskName block={row.block} />
      </EntryHead>
      {!isMerged && detail !== "" && (
        <p className="leading-[20px] text-text-2 [overflow-wrap:anywhere]">
          <InlineCode text={detail} />
        </p>
      )}
    </Entry>
  );
}
