/** One thing that needs the person: verb and thing, age, who, where, and what it holds up. */
import { Link } from "@tanstack/react-router";
import type { InboxItem } from "@tutti/core";
import { ActivityIcon } from "../design/activity.tsx";
import { Mark } from "../design/mark.tsx";
import { Age } from "../design/time.tsx";
import { outcomeOf, type Standing } from "../request/held-answer.ts";
import { useDesk } from "../request/use-desk.ts";
import { rowDetail, rowTitle, verbOf } from "../request/words.ts";
import type { InboxRow as Row } from "./arrange.ts";

/** Marks that a row shows: who asks, or who made and reviewed it. */
const marksOf = (item: InboxItem): readonly string[] =>
  item.harnesses.slice(0, verbOf(item) === "Decide" ? 1 : 3);

export function InboxRow({
  row: { key, item, ended, fresh },
  standing,
  isPhone,
  isCurrent,
  isTabStop,
  onOpen,
}: {
  row: Row;
  standing: Standing | undefined;
  isPhone: boolean;
  isCurrent: boolean;
  /** The list has one place for Tab; arrows move within it. */
  isTabStop: boolean;
  onOpen(): void;
}) {
  const desk = useDesk();
  const title = rowTitle(item);
  const verb = verbOf(item);
  const { about, end } = rowDetail(item);
  const outcome = outcomeOf(standing);
  const state = outcome ?? (ended ? "Ended" : standing?.state === "unsent" ? "Not sent" : undefined);
  const place = isPhone
    ? ({ to: "/a/$approval", params: { approval: key } } as const)
    : ({ to: "/inbox", search: (before: object) => ({ ...before, show: key }), replace: true } as const);
  return (
    <li className={fresh ? "it it-fresh" : "it"} data-quiet={state !== undefined || undefined}>
      <Link
        {...place}
        className="it-link"
        data-row={key}
        activeOptions={{ exact: true }}
        activeProps={{}}
        aria-current={isCurrent ? "true" : undefined}
        tabIndex={isTabStop ? 0 : -1}
        onClick={onOpen}
        title={`${verb}: ${title} (${item.title})`}
      >
        <ActivityIcon
          activity={item.kind === "failed" ? "failed" : "waiting"}
          size={isPhone ? 17 : 14}
          label={item.kind === "failed" ? "Failed" : "Waiting for you"}
        />
        <span className="it-title cut">
          {!isPhone && <b>{verb} </b>}
          {title}
        </span>
        <Age at={item.at} className="it-age" />
        <span className="it-meta">
          {isPhone && <span className="font-medium text-text">{verb}</span>}
          {marksOf(item).map((harness) => (
            <Mark key={harness} harness={harness} />
          ))}
          <span className="cut">{about}</span>
          {state === undefined ? (
            <span className="it-end">{end}</span>
          ) : (
            <span className="it-end it-outcome">{state}</span>
          )}
        </span>
      </Link>
      {standing?.state === "held" && (
        <button type="button" className="it-undo" onClick={() => desk.undo(key)}>
          Undo<span className="sr">: {title}</span>
        </button>
      )}
    </li>
  );
}
