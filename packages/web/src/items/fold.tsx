/** A turn's steps in one line, which opens to all of them. */
import { Icon } from "../design/icon.tsx";
import { foldKey } from "../session/timeline/rows.ts";
import { Entry } from "./entry.tsx";
import { type ItemProps, useTimeline } from "./item.ts";

export function Fold({ row }: ItemProps<"fold">) {
  const { toggle } = useTimeline();
  return (
    <Entry row={row}>
      <button
        type="button"
        className="fold"
        aria-expanded={row.isOpen}
        onClick={() => toggle(foldKey(row.block))}
      >
        <Icon name="right" size={14} />
        {row.words}
      </button>
    </Entry>
  );
}
