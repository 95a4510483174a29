/** What the program wants a person to know. */
import { Icon } from "../design/icon.tsx";
import { Entry } from "./entry.tsx";
import { InlineCode } from "./inline-code.tsx";
import type { ItemProps } from "./item.ts";
import { TaskName } from "./task-name.tsx";

export function Note({ row }: ItemProps<"note">) {
  const { level, text } = row.block;
  const isInfo = level === "info";
  return (
    <Entry
      row={row}
      mark={
        <span className={isInfo ? "gate text-text-3" : "gate text-stop"}>
          {isInfo ? (
            <Icon name="state-idle" size={8} />
          ) : (
            <Icon name="warning" size={14} label={level === "failure" ? "Failed" : "Warning"} />
          )}
        </span>
      }
    >
      <p className="leading-[20px] text-text-2 [overflow-wrap:anywhere]">
        <InlineCode text={text.charAt(0).toUpperCase() + text.slice(1)} />
        <TaskName block={row.block} />
      </p>
    </Entry>
  );
}
