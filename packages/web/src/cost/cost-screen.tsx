/** What was used and what it cost: over time, by what it was used for, and for each merged change. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type CostBy, type CostRow, type CostSums, dollars, type MergedChange } from "@tutti/core";
import { lazy, Suspense, useMemo, useState } from "react";
import { useToday } from "../app/needs.ts";
import { Page } from "../app/page.tsx";
import { costQuery } from "../app/queries.ts";
import { useWidth } from "../app/viewport.ts";
import { useClient } from "../connection/use-connection.ts";
import { Icon } from "../design/icon.tsx";
import { Empty, SkeletonRows, Trouble } from "../design/screen-states.tsx";
import { Section } from "../design/section.tsx";
import { Age } from "../design/time.tsx";
import { counted, shortHash } from "../design/words.ts";
import {
  everyDay,
  medianOf,
  paidUsd,
  paidWords,
  planWords,
  type SortBy,
  sorted,
  tokenWords,
  unknownWords,
} from "./sums.ts";
import "./cost.css";

const DaysPlot = lazy(async () => ({ default: (await import("./days-plot.tsx")).DaysPlot }));

const spans = [
  [1, "Today"],
  [7, "7 days"],
  [30, "30 days"],
] as const;
const groupings = [
  ["session", "Session"],
  ["task", "Task"],
  ["vendor", "Vendor"],
  ["model", "Model"],
  ["day", "Day"],
] as const satisfies readonly (readonly [CostBy, string])[];

export function CostScreen() {
  const client = useClient();
  const [days, setDays] = useState<number>(7);
  const [by, setBy] = useState<CostBy>("session");
  const { since, first, last } = useMemo(() => beginOf(days), [days]);
  const { data, error, isPending, refetch } = useQuery({
    ...costQuery(client, { by, since, limit: 200 }),
    placeholderData: keepPreviousData,
  });
  const { data: byDay } = useQuery({
    ...costQuery(client, { by: "day", since, limit: 100 }),
    placeholderData: keepPreviousData,
  });
  const plotted = useMemo(() => (byDay ? everyDay(byDay.rows, first, last) : []), [byDay, first, last]);
  return (
    <Page
      title="Cost"
      isWide
      isBusy={isPending}
      aside={
        <fieldset className="seg" aria-label="Over">
          {spans.map(([count, title]) => (
            <button key={count} type="button" aria-pressed={days === count} onClick={() => setDays(count)}>
              {title}
            </button>
          ))}
        </fieldset>
      }
    >
      {error && <Trouble error={error} retry={() => void refetch()} />}
      {isPending && !error && <SkeletonRows rows={8} />}
      {data && (
        <>
          <Totals total={data.total} />
          {days > 1 && (
            <Section title="Over time (days in UTC)">
              <figure className="m-0">
                <Suspense fallback={<div aria-busy="true" style={{ height: 180 }} />}>
                  <DaysPlot days={plotted} />
                </Suspense>
                <figcaption className="flex gap-4 text-12 text-text-2">
                  <span className="inline-flex items-center gap-2">
                    <span className="h-[2px] w-4 bg-text" />
                    Paid by use
                  </span>
                  <span className="inline-flex items-center gap-2">
                    <span className="h-0 w-4 border-t-2 border-dashed border-text-3" />
                    On your plans, about
                  </span>
                </figcaption>
              </figure>
            </Section>
          )}
          <Section
            title="By"
            aside={
              <fieldset className="seg" aria-label="By">
                {groupings.map(([name, title]) => (
                  <button key={name} type="button" aria-pressed={by === name} onClick={() => setBy(name)}>
                    {title}
                  </button>
                ))}
              </fieldset>
            }
          >
            {data.rows.length === 0 ? (
              <Empty title="Nothing was used">What agents use stands here, by whom and for what.</Empty>
            ) : (
              <Rows rows={data.rows} by={by} />
            )}
          </Section>
          <Section title="Each merged change">
            <Merged merged={data.merged} />
          </Section>
        </>
      )}
    </Page>
  );
}

/** The span's begin, as a time and as its first and last day in UTC. */
function beginOf(days: number): { since: string; first: string; last: string } {
  const now = new Date();
  const begin = new Date(now.getFullYear(), now.getMonth(), now.getDate() - (days - 1));
  return {
    since: begin.toISOString(),
    first: begin.toISOString().slice(0, 10),
    last: now.toISOString().slice(0, 10),
  };
}

function Totals({ total }: { total: CostSums }) {
  const today = useToday();
  const unknown = unknownWords(total);
  return (
    <dl className="cost-totals">
      <div>
        <dt>Paid by use</dt>
        <dd>{paidWords(total) || dollars(0)}</dd>
      </div>
      <div>
        <dt>On your plans, about</dt>
        <dd>{planWords(total).replace("about ", "") || dollars(0)}</dd>
      </div>
      {today?.limit !== undefined && (
        <div>
          <dt>Today’s limit</dt>
          <dd>
            {dollars(today.usd)}{" "}
            <span className="text-14 font-normal text-text-3">of {dollars(today.limit)}</span>
          </dd>
        </div>
      )}
      <div className="cost-tokens">
        <dt>{counted(total.calls, "call")}</dt>
        <dd>
          {tokenWords(total)}
          {unknown !== undefined && <span className="block text-you">{unknown}</span>}
        </dd>
      </div>
    </dl>
  );
}

const columns = [
  ["name", "What"],
  ["paid", "Paid by use"],
  ["plan", "On your plans, about"],
  ["calls", "Calls"],
] as const satisfies readonly (readonly [SortBy, string])[];

function Rows({ rows, by }: { rows: readonly CostRow[]; by: CostBy }) {
  const isPhone = useWidth() === "phone";
  const [sort, setSort] = useState<{ by: SortBy; isUp: boolean }>();
  const shown = sort ? sorted(rows, sort.by, sort.isUp) : rows;
  const most = Math.max(...rows.map(paidUsd), ...rows.map(({ subscriptionUsd }) => subscriptionUsd), 0.01);
  return (
    <table className="cost-table">
      <thead>
        <tr>
          {columns.map(([name, title]) => {
            const isSorted = sort?.by === name;
            return (
              <th
                key={name}
                scope="col"
                className={name === "calls" && isPhone ? "hidden" : undefined}
                aria-sort={isSorted ? (sort.isUp ? "ascending" : "descending") : "none"}
              >
                <button
                  type="button"
                  onClick={() => setSort({ by: name, isUp: isSorted ? !sort.isUp : name === "name" })}
                >
                  {title}
                  {isSorted && <Icon name="down" size={12} className={sort.isUp ? "rotate-180" : ""} />}
                </button>
              </th>
            );
          })}
        </tr>
      </thead>
      <tbody>
        {shown.map((row) => (
          <tr key={`${row.root} ${row.key}`}>
            <th scope="row" title={tokenWords(row)}>
              <RowName row={row} by={by} />
            </th>
            <td>
              <Amount words={paidWords(row)} share={paidUsd(row) / most} />
            </td>
            <td>
              <Amount words={planWords(row)} share={row.subscriptionUsd / most} isPlan />
            </td>
            {!isPhone && <td className="text-text-3">{row.calls.toLocaleString("en")}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function RowName({ row: { key, root, title }, by }: { row: CostRow; by: CostBy }) {
  const words =
    by === "task" ? `${key ?? "no task"}${title ? `, ${title}` : ""}` : (title ?? key ?? "unknown vendor");
  if (root === null) return <span className="cut block">{words}</span>;
  return (
    <Link to="/s/$id" params={{ id: root }} search={{}} className="cut block" title={words}>
      {words}
    </Link>
  );
}

function Amount({ words, share, isPlan = false }: { words: string; share: number; isPlan?: boolean }) {
  return (
    <span className="cost-amount">
      <span>{words}</span>
      <span className="cost-bar" aria-hidden="true">
        <i className={isPlan ? "bg-text-3" : "bg-text-2"} style={{ width: `${Math.round(100 * share)}%` }} />
      </span>
    </span>
  );
}

function Merged({ merged }: { merged: readonly MergedChange[] }) {
  if (merged.length === 0) return <p className="text-text-2">No change was merged in this time.</p>;
  const paid = medianOf(merged, paidUsd);
  const plan = medianOf(merged, ({ subscriptionUsd }) => subscriptionUsd);
  return (
    <>
      <p className="mb-2">
        {counted(merged.length, "change")} merged; the middle one cost {dollars(paid ?? 0)} paid by use, and
        about {dollars(plan ?? 0)} on your plans.
      </p>
      <ul>
        {merged.map((change) => (
          <li
            key={`${change.root} ${change.task}`}
            className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 border-b border-line py-2 last:border-0"
          >
            <Link
              to="/s/$id/changes"
              params={{ id: change.root }}
              search={{ task: change.task }}
              className="cut"
            >
              {change.title}
            </Link>
            <Age at={change.at} className="text-right text-12 text-text-3" />
            <code className="text-12 text-text-3">
              {change.commit === null ? "" : shortHash(change.commit)}
            </code>
            <span className="text-12 text-text-2">
              {[paidWords(change), planWords(change) && `${planWords(change)} on plans`]
                .filter(Boolean)
                .join(", ")}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
