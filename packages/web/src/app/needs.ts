/** The numbers that stand on every screen: what needs the person, what works, what it cost today. */
import { useQuery } from "@tanstack/react-query";
import type { SessionSummary } from "@tutti/core";
import { useClient } from "../connection/use-connection.ts";
import { costQuery, inboxQuery, policyRulesQuery, sessionsQuery } from "./queries.ts";

export interface Needs {
  /** Undefined until it is known. */
  needYou: number | undefined;
  working: number;
  parked: number;
  reviews: number;
  sessions: number;
}

export function useNeeds(): Needs {
  const client = useClient();
  const { data: inbox } = useQuery(inboxQuery(client));
  const { data: sessions = [] } = useQuery(sessionsQuery(client));
  const doing = (...which: SessionSummary["activity"][]) =>
    sessions.filter(({ activity }) => which.includes(activity)).length;
  return {
    needYou: inbox?.items.length,
    working: doing("working", "waiting-for-child", "starting"),
    parked: doing("parked"),
    reviews:
      inbox?.items.filter((item) => item.kind === "question" && item.subject.kind === "merge").length ?? 0,
    sessions: sessions.length,
  };
}

/** Sessions that are under way or wait, at most nine, in the order in which they began, so that none changes its place. */
export function useLiveSessions(): SessionSummary[] {
  const { data: sessions = [] } = useQuery(sessionsQuery(useClient()));
  const resting: SessionSummary["activity"][] = ["idle", "merged", "stopped"];
  return sessions
    .filter(({ activity }) => !resting.includes(activity))
    .toSorted((a, b) => a.createdAt.localeCompare(b.createdAt))
    .slice(0, 9);
}

/** The beginning of today, in the person's zone. */
const today = (): string => {
  const now = new Date();
  return new Date(now.getFullYear(), now.getMonth(), now.getDate()).toISOString();
};

/** What today cost in what is paid by use, and the day's limit where one is in force; undefined until it is known. */
export function useToday(): { usd: number; limit: number | undefined } | undefined {
  const client = useClient();
  const { data } = useQuery(costQuery(client, { by: "day", since: today(), limit: 1 }));
  const { data: inForce } = useQuery(policyRulesQuery(client));
  if (!data) return undefined;
  const { reportedUsd, listUsd } = data.total;
  const limits = (inForce?.rules ?? []).flatMap(({ policy, params }) =>
    policy === "budget" ? [dayLimit(params.userDay)] : [],
  );
  const limit = Math.min(...limits, Number.POSITIVE_INFINITY);
  return { usd: reportedUsd + listUsd, limit: Number.isFinite(limit) ? limit : undefined };
}

/** What a budget's `userDay` says; infinite where it says nothing. */
const dayLimit = (userDay: unknown): number =>
  typeof userDay === "object" && userDay !== null && "limit" in userDay && typeof userDay.limit === "number"
    ? userDay.limit
    : Number.POSITIVE_INFINITY;
