/** The first line of an agent's turn: who did what, how long it took and what it cost. */
import { totalCost } from "@tutti/core";
import { useHarness } from "../app/harnesses.ts";
import { Mark } from "../design/mark.tsx";
import { useNow } from "../design/time.tsx";
import { cost, duration } from "../design/words.ts";
import { builtCommit, doingWords, harnessOf, lineCounts } from "../session/people.ts";
import type { TurnFacts } from "../session/timeline/block.ts";
import { Entry } from "./entry.tsx";
import { type ItemProps, useTimeline } from "./item.ts";
import { LineCounts } from "./line-counts.tsx";
import { TaskName } from "./task-name.tsx";

export function Turn({ row }: ItemProps<"turn">) {
  const { facts } = row.block;
  const { session } = useTimeline();
  const harness = harnessOf(session(facts.session)) ?? "";
  const { title } = useHarness(harness);
  const commit = builtCommit(facts);
  const isBlind = facts.doing === "review" && facts.status === "completed";
  return (
    <Entry row={row} mark={<Mark harness={harness} beside />}>
      <div className="entry-head">
        <span>
          <b>{title}</b> {doingWords(facts)}
          {commit !== undefined && (
            <>
              {" "}
              in <code>{commit}</code>
            </>
          )}
          <TaskName block={row.block} />
        </span>
        {isBlind && (
          <span className="cut hidden text-text-3 min-[1240px]:inline">
            It saw the request and the diff, not the author’s notes
          </span>
        )}
        <TurnSpent facts={facts} />
      </div>
      {facts.candidate && <Built facts={facts} />}
    </Entry>
  );
}

function TurnSpent({ facts }: { facts: TurnFacts }) {
  if (facts.endedAt === null) return <RunningSpent facts={facts} />;
  if (facts.startedAt === null) return null;
  return <span className="spent">{spentWords(facts, Date.parse(facts.endedAt))}</span>;
}

function RunningSpent({ facts }: { facts: TurnFacts }) {
  const now = useNow(1_000);
  if (facts.startedAt === null) return null;
  return <span className="spent !text-work">{spentWords(facts, now)}</span>;
}

function spentWords({ startedAt, usage }: TurnFacts, until: number): string {
  const took = duration(Math.max(0, until - Date.parse(startedAt ?? "")));
  return usage.length > 0 ? `${took}, ${cost(totalCost(usage))}` : took;
}

function Built({ facts }: { facts: TurnFacts }) {
  const { candidate, doing } = facts;
  if (!candidate) return null;
  const since = candidate.changedSince.length;
  if (doing === "fix" && since > 0)
    return (
      <p className="text-12 leading-[20px] text-text-2">{since === 1 ? "1 file" : `${since} files`} of it</p>
    );
  return (
    <p className="text-12 leading-[20px] text-text-2">
      <LineCounts files={candidate.files.length} {...lineCounts(candidate.files)} />
    </p>
  );
}
