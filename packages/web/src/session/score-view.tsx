/** The stages of a task under the session's header. A press leads to a stage's events. */
import type { SessionState } from "@tutti/core";
import { useHarnesses } from "../app/harnesses.ts";
import { useNow } from "../design/time.tsx";
import { clock, duration } from "../design/words.ts";
import { harnessOf } from "./people.ts";
import { type Stage, stageWeight } from "./score.ts";

export function ScoreView({
  stages,
  session,
  onShow,
}: {
  stages: readonly Stage[];
  session(id: string): SessionState | undefined;
  onShow(position: number): void;
}) {
  return (
    <ol
      className="score"
      aria-label="Stages"
      style={{ gridTemplateColumns: stages.map((stage) => `minmax(0, ${stageWeight(stage)}fr)`).join(" ") }}
    >
      {stages.map((stage) => (
        <li key={stage.key} className={`stage-${stage.state}`}>
          <StageColumn
            stage={stage}
            player={stage.session === null ? undefined : session(stage.session)}
            onShow={onShow}
          />
        </li>
      ))}
    </ol>
  );
}

function StageColumn({
  stage,
  player,
  onShow,
}: {
  stage: Stage;
  player: SessionState | undefined;
  onShow(position: number): void;
}) {
  const harnesses = useHarnesses();
  const harness = harnessOf(player);
  const { form, title } = harnesses(harness ?? "");
  const isPerson = stage.name === "You decide";
  const track = harness !== undefined ? `track-${form}` : isPerson ? "track-you" : "track-gate";
  const { position } = stage;
  const content = (
    <>
      <span className={`track ${track}`} />
      <span className="stage-name">
        {stage.name}
        {harness !== undefined && <span className="sr">, {title}</span>}
      </span>
      <span className="stage-time">
        <StageTime stage={stage} />
      </span>
    </>
  );
  if (position === null) return <span className="stage">{content}</span>;
  return (
    <button type="button" className="stage" onClick={() => onShow(position)}>
      {content}
    </button>
  );
}

function StageTime({ stage }: { stage: Stage }) {
  const { state, startedAt, endedAt } = stage;
  if (state === "next") return "Next";
  if (startedAt === null) return "";
  if (endedAt !== null) return duration(endedAt - startedAt) + (state === "failed" ? ", failed" : "");
  if (state === "running") return <Running since={startedAt} word="running" />;
  if (state === "you") return <Running since={startedAt} word="waiting" />;
  return clock(new Date(startedAt).toISOString());
}

function Running({ since, word }: { since: number; word: string }) {
  const now = useNow(1_000);
  return `${duration(Math.max(0, now - since))}, ${word}`;
}
