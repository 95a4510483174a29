/** What a harness says of itself. */
import { Icon } from "../design/icon.tsx";
import { Entry } from "./entry.tsx";
import type { ItemProps } from "./item.ts";

export function Notice({ row }: ItemProps<"notice">) {
  const { level, text } = row.step;
  return (
    <Entry row={row}>
      <p className="flex gap-2 py-[2px] text-12 leading-[20px] text-text-2 [overflow-wrap:anywhere]">
        {level === "warning" && (
          <Icon name="warning" size={14} label="Warning" className="mt-[3px] text-stop" />
        )}
        {text}
      </p>
    </Entry>
  );
}
