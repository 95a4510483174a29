import type { ActionReport } from "@tutti/core";
import { useState } from "react";
import { Icon } from "../design/icon.tsx";

const words = { allow: "allows", ask: "asks", deny: "denies" } as const;

/** How every policy voted on what a call does; folded at first. */
export function Votes({ actions }: { actions: readonly ActionReport[] }) {
  const [isOpen, setOpen] = useState(false);
  const votes = actions.flatMap(({ votes: all }) => all);
  const spoke = votes.filter(({ ruling }) => ruling !== null);
  if (votes.length === 0) return null;
  return (
    <div className="mt-2">
      <button
        type="button"
        className="inline-flex min-h-6 items-center gap-1 text-12 text-text-2"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name={isOpen ? "down" : "right"} size={12} />
        {spoke.length} of {votes.length} votes had an opinion
      </button>
      {isOpen && (
        <ul className="mt-1 text-12">
          {votes.map(({ policy, level, shadow, ruling }, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a policy may vote twice, on two actions
            <li key={at} className="flex gap-2 py-[2px]">
              <code className="w-[180px] flex-none truncate">{policy}</code>
              <span className={ruling ? "" : "text-text-3"}>
                {ruling ? words[ruling.effect] : "no opinion"}
                {shadow && ", only reports"}
                {ruling?.reason && <span className="text-text-2">: {ruling.reason}</span>}
                <span className="text-text-3"> ({level})</span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
