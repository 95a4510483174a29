/** Why a turn failed, and what helps. Never folded. */
import type { TurnFailure } from "@tutti/core";
import { useHarness } from "../app/harnesses.ts";
import { Icon } from "../design/icon.tsx";
import { harnessOf } from "../session/people.ts";
import { Entry } from "./entry.tsx";
import { type ItemProps, useTimeline } from "./item.ts";

/** What a person can do, where something is known to help. */
const help: Partial<Record<TurnFailure["kind"], (title: string, host: string) => string>> = {
  missing: (title, host) => `Install ${title} on ${host}, then send the words again.`,
  "not-logged-in": (title, host) => `Sign in to ${title} on ${host}, then send the words again.`,
  settings: (title) => `Change the settings of ${title} that stand in the way, then send the words again.`,
  "usage-limit": () => "Wait until the limit is over, or hand the task to another agent.",
  overloaded: () => "Send the words again in a while. The work so far stays.",
  model: () => "Choose another model by /model, then send the words again.",
  crashed: () => "The work so far stays in the worktree. Send the words again.",
  lost: (_, host) => `${host} went away while it worked. The work so far stays in the worktree.`,
  confinement: (_, host) => `Its programs cannot be held on ${host}. See Hosts.`,
  refused: () => "A rule or a person refused the turn.",
};

export function Failure({ row }: ItemProps<"failure">) {
  const { session } = useTimeline();
  const state = session(row.block.session);
  const { title } = useHarness(harnessOf(state) ?? "");
  const { failure } = row.block.facts;
  if (!failure) return null;
  const hint = help[failure.kind]?.(title, state?.spec.host ?? "the host");
  return (
    <Entry row={row}>
      <div className="boxed boxed-stop flex gap-2 px-3 py-2">
        <Icon name="warning" size={14} label="Failed" className="mt-[3px] text-stop" />
        <div className="min-w-0 [overflow-wrap:anywhere]">
          <p>{failure.message}</p>
          {hint !== undefined && <p className="text-text-2">{hint}</p>}
        </div>
      </div>
    </Entry>
  );
}
