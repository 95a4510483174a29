/** A change as Tutti built it. */
import { Icon } from "../design/icon.tsx";
import { shortHash } from "../design/words.ts";
import { lineCounts } from "../session/people.ts";
import { Entry, EntryHead } from "./entry.tsx";
import type { ItemProps } from "./item.ts";
import { LineCounts } from "./line-counts.tsx";
import { TaskName } from "./task-name.tsx";

export function CandidateRow({ row }: ItemProps<"candidate">) {
  const { candidate, rebased } = row.block;
  return (
    <Entry
      row={row}
      mark={
        <span className="gate text-text-3">
          <Icon name="review" size={14} />
        </span>
      }
    >
      <EntryHead>
        <b>{rebased ? "Rebased" : "Change taken"}</b> as <code>{shortHash(candidate.commit)}</code>{" "}
        <span className="text-12 text-text-2">
          <LineCounts files={candidate.files.length} {...lineCounts(candidate.files)} />
        </span>
        <TaskName block={row.block} />
      </EntryHead>
    </Entry>
  );
}
