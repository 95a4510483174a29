import { Button } from "../../design/button.tsx";
import { Icon } from "../../design/icon.tsx";
import type { Waiting } from "./drafts.ts";

/** Words that wait in this tab; they can be changed and taken back until they are sent. */
export function WaitingList({
  list,
  nameOf,
  onEdit,
  onRemove,
}: {
  list: readonly Waiting[];
  nameOf(session: string): string;
  onEdit(words: Waiting): void;
  onRemove(id: string): void;
}) {
  return (
    <ul className="say-queue" aria-label="Waiting to be sent">
      {list.map((words) => (
        <li key={words.id}>
          <Icon name="state-parked" size={14} className="text-text-3" />
          <span className="cut flex-1" title={words.text}>
            {words.text}
          </span>
          <span className="text-text-3">
            {words.until === "turn"
              ? `Reaches ${nameOf(words.to)} at its next turn`
              : `Begins when ${nameOf(words.to)} is done`}
          </span>
          <Button look="ghost" size="small" onClick={() => onEdit(words)}>
            Edit
          </Button>
          <Button look="ghost" size="small" onClick={() => onRemove(words.id)}>
            Withdraw
          </Button>
        </li>
      ))}
    </ul>
  );
}
