/** What an agent wanted to push, and what became of it. */
import type { PushOutcome } from "@tutti/core";
import { Icon } from "../design/icon.tsx";
import { shortRef } from "../design/words.ts";
import { Entry, EntryHead } from "./entry.tsx";
import type { ItemProps } from "./item.ts";

const outcomes = {
  forwarded: "Pushed",
  "already-there": "Already there:",
  refused: "Push refused:",
  moved: "Not pushed, the remote moved:",
  failed: "Push failed:",
  withdrawn: "Push withdrawn:",
} as const satisfies Record<PushOutcome["result"], string>;

export function Push({ row }: ItemProps<"push">) {
  const { facts, outcome, decision } = row.block;
  const refs = facts.updates.map(({ ref }) => shortRef(ref)).join(", ");
  const isBad = outcome !== null && ["refused", "moved", "failed"].includes(outcome.result);
  const isDenied = outcome === null && decision.effect === "deny";
  const word = outcome ? outcomes[outcome.result] : isDenied ? "Push refused:" : "Wants to push";
  const detail = isDenied && decision.effect === "deny" ? decision.reason : (outcome?.message ?? "");
  const rescued = outcome?.rescued ?? [];
  return (
    <Entry
      row={row}
      mark={
        <span className={isBad || isDenied ? "gate text-stop" : "gate text-text-3"}>
          <Icon name={isBad || isDenied ? "cross" : "send"} size={14} />
        </span>
      }
    >
      <EntryHead>
        <b>{word}</b> <code>{refs}</code> {outcome?.result === "forwarded" ? "to" : "on"}{" "}
        <code>{facts.remote}</code>
      </EntryHead>
      {detail !== "" && (isBad || isDenied) && (
        <p className="text-12 leading-[20px] text-text-2 [overflow-wrap:anywhere]">{detail}</p>
      )}
      {rescued.length > 0 && (
        <p className="text-12 leading-[20px] text-text-2">
          A copy stays as {rescued.map(({ ref }) => ref.replace(/^refs\/tutti\//, "")).join(", ")}.
        </p>
      )}
    </Entry>
  );
}
