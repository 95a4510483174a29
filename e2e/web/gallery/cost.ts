/** What was used and what it cost, as the server sums it up. */
import type { CostBy, CostRow, CostSums, LoggedEvent, MergedChange, ServedUsage } from "@tutti/core";
import type { Log } from "./log.ts";

interface Entry {
  usage: ServedUsage;
  at: string;
  session: string;
  root: string;
  task: string | null;
}

interface Query {
  by: CostBy;
  since?: string | undefined;
  root?: string | undefined;
  limit: number;
}

export function readCost(log: Log, { by, since, root, limit }: Query) {
  const recent = <T extends { at: string; root: string }>(one: T) =>
    (since === undefined || one.at >= since) && (root === undefined || one.root === root);
  const all = log.events.flatMap((logged) => entryOf(log, logged));
  const entries = all.filter(recent);
  const groups = Map.groupBy(entries, (entry) => JSON.stringify(keyOf[by](entry)));
  const rows = [...groups.values()].map((group): CostRow => {
    const [first] = group;
    if (!first) throw new Error("a group has an entry");
    const key = keyOf[by](first);
    const of = by === "session" ? key : by === "task" ? first.root : null;
    return {
      key,
      root: by === "session" || by === "task" ? first.root : null,
      title: of === null ? null : (log.state(of)?.spec.title ?? null),
      ...sums(group),
    };
  });
  const spent = (row: CostSums) => row.reportedUsd + row.listUsd + row.subscriptionUsd;
  rows.sort((a, b) =>
    by === "day" ? String(b.key).localeCompare(String(a.key)) : spent(b) - spent(a) || b.calls - a.calls,
  );
  const merged = log.events
    .flatMap((logged) => mergedIn(log, logged, all))
    .filter(recent)
    .sort((a, b) => b.at.localeCompare(a.at));
  return { rows: rows.slice(0, limit), total: sums(entries), merged: merged.slice(0, limit) };
}

const keyOf: Record<CostBy, (entry: Entry) => string | null> = {
  session: ({ session }) => session,
  task: ({ task }) => task,
  vendor: ({ usage }) => usage.vendor,
  model: ({ usage }) => usage.model,
  day: ({ at }) => at.slice(0, 10),
};

function entryOf(log: Log, { session, at, event }: LoggedEvent): Entry[] {
  if (event.type !== "usage.recorded") return [];
  const task = log.state(session)?.spec.task ?? null;
  return [{ usage: event.usage, at, session, root: log.rootOf(session), task }];
}

function mergedIn(log: Log, { session, at, event }: LoggedEvent, all: readonly Entry[]): MergedChange[] {
  if (event.type !== "task.ended" || event.outcome !== "merged") return [];
  const { task, mergedCommit: commit } = event;
  const title = log.state(session)?.tasks[task]?.spec.text ?? task;
  const used = all.filter((entry) => entry.root === session && entry.task === task);
  return [{ root: session, task, title, commit, at, ...sums(used) }];
}

/** Amounts are whole hundredths of a cent, so that sums are what a person would write. */
const dollars = (entries: readonly Entry[]): number =>
  Math.round(entries.reduce((sum, { usage }) => sum + (usage.costUsd ?? 0), 0) * 10_000) / 10_000;

function sums(entries: readonly Entry[]): CostSums {
  const from = (...sources: ServedUsage["costSource"][]) =>
    entries.filter(({ usage }) => sources.includes(usage.costSource));
  const tokens = (of: "input" | "cacheRead" | "cacheWrite" | "output") =>
    entries.reduce((sum, { usage }) => sum + usage[of], 0);
  const unknown = (some: readonly Entry[]) => some.filter(({ usage }) => usage.costUsd === null).length;
  const subscribed = from("subscription");
  return {
    calls: entries.length,
    input: tokens("input"),
    cacheRead: tokens("cacheRead"),
    cacheWrite: tokens("cacheWrite"),
    output: tokens("output"),
    reportedUsd: dollars(from("reported")),
    listUsd: dollars(from("list", "unknown")),
    subscriptionUsd: dollars(subscribed),
    subscriptionCalls: subscribed.length,
    subscriptionUnknownCalls: unknown(subscribed),
    unknownCalls: unknown(from("reported", "list", "unknown")),
  };
}
