/** A session as a row: what it does, what it is, where its work is, who is on it, what it cost. */
import { Link } from "@tanstack/react-router";
import type { SessionSummary } from "@tutti/core";
import { ActivityIcon, activityColour, activityWord } from "../design/activity.tsx";
import { Mark } from "../design/mark.tsx";
import { Age } from "../design/time.tsx";
import { cost, repositoryName } from "../design/words.ts";
import { stageWords } from "./arrange.ts";
import { SessionMenu } from "./session-menu.tsx";

export function SessionRow({
  session,
  isTabStop,
  isPhone,
  onArchive,
}: {
  session: SessionSummary;
  isTabStop: boolean;
  isPhone: boolean;
  onArchive(): void;
}) {
  const { id, title, activity, repository, harnesses, changes, updatedAt } = session;
  const stage = stageWords(session);
  return (
    <div className="session-row">
      <Link
        to="/s/$id"
        params={{ id }}
        search={{}}
        className="session-link"
        data-row={id}
        tabIndex={isTabStop ? 0 : -1}
      >
        <ActivityIcon activity={activity} size={isPhone ? 17 : 14} label={activityWord(activity)} />
        <span className="cut session-title" title={title}>
          {title}
        </span>
        <span className={`cut session-stage ${activityColour(activity)}`}>
          {activity === "waiting" && session.phase !== "consenting"
            ? activityWord(activity)
            : stage || activityWord(activity)}
        </span>
        <span className="cut session-project" title={repository ?? undefined}>
          {repositoryName(repository)}
        </span>
        <span className="session-marks">
          {harnesses.slice(0, 3).map((harness) => (
            <Mark key={harness} harness={harness} />
          ))}
        </span>
        <span className="session-changes">
          {changes && (
            <>
              <span className="text-pass">+{changes.additions}</span>{" "}
              <span className="text-stop">−{changes.deletions}</span>
            </>
          )}
        </span>
        <span className="cut session-cost">{cost(session)}</span>
        <Age at={updatedAt} className="session-age" />
      </Link>
      <SessionMenu session={session} onArchive={onArchive} />
    </div>
  );
}
