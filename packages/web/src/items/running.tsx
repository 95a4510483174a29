/** What goes on right now: the last calls, and the last that each printed. */

import { callTitle } from "../session/timeline/calls.ts";
import { Entry } from "./entry.tsx";
import type { ItemProps } from "./item.ts";
import { useTimeline } from "./item.ts";

export function Running({ row }: ItemProps<"running">) {
  const { session } = useTimeline();
  const workspace = session(row.block.session)?.spec.workspace;
  return (
    <Entry row={row}>
      <div className="boxed">
        <div className="output">
          {row.lines.map(({ key, title: { call }, last, isOpen }) => (
            <div key={key} className="output-line">
              <span className="flex-none text-text-3">{call.kind === "shell" ? "$" : call.name}</span>
              <span className="cut">{callTitle(call, workspace)}</span>
              {last !== "" && <span className="cut min-w-[30%] flex-1 pl-2 text-text-2">{last.trim()}</span>}
              {isOpen && <i className="cursor" />}
            </div>
          ))}
        </div>
      </div>
    </Entry>
  );
}
