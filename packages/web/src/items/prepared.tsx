/** That a task's worktree stands, and what was done there before anything was changed. */
import { passed } from "@tutti/core";
import { Icon } from "../design/icon.tsx";
import { duration } from "../design/words.ts";
import { Entry } from "./entry.tsx";
import type { ItemProps } from "./item.ts";
import { TaskName } from "./task-name.tsx";

export function Prepared({ row }: ItemProps<"prepared">) {
  const { branch, setUp, evidence } = row.block;
  const red = evidence?.filter((one) => !passed(one)) ?? [];
  return (
    <Entry
      row={row}
      mark={
        <span className="gate text-text-3">
          <Icon name="folder" size={14} />
        </span>
      }
    >
      <p className="checks">
        <span>
          Worktree on <code>{branch}</code>
          <TaskName block={row.block} />
        </span>
        {setUp?.map(({ command, durationMs, ok }) => (
          <span key={command} className={ok ? undefined : "text-stop"}>
            <code>{command}</code> {ok ? duration(durationMs) : "failed"}
          </span>
        ))}
        {evidence !== null && evidence.length > 0 && (
          <span>
            {red.length === 0
              ? "checks pass before any change"
              : `red before any change: ${red.map(({ name }) => name).join(", ")}`}
          </span>
        )}
      </p>
    </Entry>
  );
}
