/** What the project's own checks said of a change; what is red stands open. */
import { type Evidence, passed } from "@tutti/core";
import { Icon } from "../design/icon.tsx";
import { useNow } from "../design/time.tsx";
import { duration } from "../design/words.ts";
import type { ChecksBlock } from "../session/timeline/block.ts";
import { Output } from "./call.tsx";
import { Entry } from "./entry.tsx";
import type { ItemProps } from "./item.ts";
import { TaskName } from "./task-name.tsx";

export function Checks({ row }: ItemProps<"checks">) {
  const { block } = row;
  const { evidence, names, at, endedAt } = block;
  const red = evidence?.filter((one) => !passed(one)) ?? [];
  const isRed = red.length > 0;
  const mark =
    evidence === null ? (
      <Icon name="state-working" size={14} label="Running" className="text-work" />
    ) : isRed ? (
      <Icon name="cross" size={14} label="Failed" className="text-stop" />
    ) : (
      <Icon name="check" size={14} label="Passed" className="text-pass" />
    );
  return (
    <Entry row={row} mark={<span className="gate">{mark}</span>}>
      <div className="entry-head">
        <span className="checks">
          <b>{evidence === null ? "Checks" : isRed ? "Checks failed" : "Checks passed"}</b>
          {evidence === null
            ? names.map((name) => <span key={name}>{name}</span>)
            : evidence.map((one) => <Check key={one.name} evidence={one} />)}
          <TaskName block={block} />
        </span>
        {endedAt === null ? (
          <RunningTime block={block} />
        ) : (
          <span className="spent">{duration(Date.parse(endedAt) - Date.parse(at))}</span>
        )}
      </div>
      {red.map((one) => (
        <RedCheck key={one.name} evidence={one} />
      ))}
    </Entry>
  );
}

function Check({ evidence }: { evidence: Evidence }) {
  const words = evidence.cached ? "known" : duration(evidence.durationMs);
  return (
    <span className={passed(evidence) ? undefined : "font-medium text-stop"}>
      {evidence.name} {words}
    </span>
  );
}

function RunningTime({ block }: { block: ChecksBlock }) {
  const now = useNow(1_000);
  return <span className="spent !text-work">{duration(Math.max(0, now - Date.parse(block.at)))}</span>;
}

function RedCheck({
  evidence: { name, command, exitCode, timedOut, changedFiles, output },
}: {
  evidence: Evidence;
}) {
  const why = timedOut
    ? "hit its time limit"
    : exitCode === 0
      ? `changed ${changedFiles.join(", ")}`
      : exitCode === null
        ? "was ended"
        : `ended with ${exitCode}`;
  return (
    <div className="boxed">
      <p className="px-3 py-2">
        <b className="font-semibold">{name}</b> {why} <code className="text-text-2">{command}</code>
      </p>
      <Output text={output.text} cut={output.cut} />
    </div>
  );
}
