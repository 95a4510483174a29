/** The team of a session: its lead and its agents, each with what it does and what it cost. Pure. */
import {
  type Activity,
  activityOf,
  addUsage,
  type Cost,
  type ServedUsage,
  type SessionState,
  totalCost,
} from "@tutti/core";
import { age, clock } from "../design/words.ts";

/** One agent of a team. A reviewer is seated anew for each review: its sessions are one agent. */
export interface Member {
  /** The latest of its sessions. */
  id: string;
  sessions: readonly SessionState[];
  state: SessionState;
  activity: Activity;
  /** What follows the activity's word. */
  detail: string | undefined;
  cost: Cost;
  /** Sub-agents that its harness sent out and that are not back. */
  subagents: readonly { id: string; title: string }[];
}

export function teamOf(children: readonly SessionState[], now: number): Member[] {
  const groups = new Map<string, SessionState[]>();
  for (const child of children) {
    const { role, task, harness } = child.spec;
    const key = role === "reviewer" ? JSON.stringify([role, task, harness]) : child.id;
    groups.set(key, [...(groups.get(key) ?? []), child]);
  }
  return [...groups.values()].flatMap((sessions) => {
    const state = sessions.at(-1);
    return state ? [memberOf(state, sessions, now)] : [];
  });
}

export function memberOf(state: SessionState, sessions: readonly SessionState[], now: number): Member {
  const { activity, detail } = activityOf(state);
  return {
    ...{ id: state.id, sessions, state, activity },
    detail: detailOf(state, activity, detail, now),
    cost: totalCost(sessions.flatMap(({ usage }) => usage)),
    subagents: (state.turn?.calls ?? [])
      .filter(({ kind }) => kind === "subagent")
      .map(({ id, title }) => ({ id, title })),
  };
}

/** `Working, 38 s`, `Idle since 13:44`. */
function detailOf(state: SessionState, activity: Activity, detail: string, now: number): string | undefined {
  switch (activity) {
    case "working":
    case "starting":
      return state.turn ? age(now - Date.parse(state.turn.startedAt)) : undefined;
    case "idle":
    case "stopped":
      return `since ${clock(state.updatedAt)}`;
    case "failed":
    case "parked":
      return detail;
    case "waiting":
    case "waiting-for-child":
    case "merged":
      return undefined;
  }
}

/** What was used, by who pays: amounts on a plan are what they would cost, and are never added to what is paid. */
export interface Spent {
  plan: { usd: number; calls: boolean };
  paid: { usd: number };
  /** Something was used that has no known price. */
  hasUnknown: boolean;
}

export function spent(states: readonly SessionState[]): Spent {
  const usage = states.flatMap((state) => state.usage).reduce<ServedUsage[]>(addUsageBySource, []);
  const sum = (entries: readonly ServedUsage[]) =>
    entries.reduce((total, { costUsd }) => total + (costUsd ?? 0), 0);
  const onPlan = usage.filter(({ costSource }) => costSource === "subscription");
  const paid = usage.filter(({ costSource }) => costSource === "reported" || costSource === "list");
  return {
    plan: { usd: sum(onPlan), calls: onPlan.length > 0 },
    paid: { usd: sum(paid) },
    hasUnknown: usage.some(({ costUsd, costSource }) => costUsd === null || costSource === "unknown"),
  };
}

/** A model that is paid for in two ways stays two entries. */
const addUsageBySource = (entries: ServedUsage[], more: ServedUsage): ServedUsage[] => {
  const same = entries.filter(({ costSource }) => costSource === more.costSource);
  const others = entries.filter(({ costSource }) => costSource !== more.costSource);
  return [...others, ...addUsage(same, more)];
};

/** The limit of a request, where its rules set one: what the rule says, or what a person agreed to above it. */
export function limitOf(root: SessionState): { usd: number; countsPlans: boolean } | undefined {
  const limits = root.policies.flatMap(({ name, params, shadow }) => {
    const usd = name === "budget" && !shadow ? limitIn(params.tree) : undefined;
    return usd === undefined ? [] : [{ usd, countsPlans: params.subscription === "count" }];
  });
  const [lowest] = limits.toSorted((a, b) => a.usd - b.usd);
  if (!lowest) return undefined;
  const agreed = Object.values(root.approvals).flatMap(({ subject, answered }) =>
    answered?.answer === "allow" && "agreements" in subject
      ? (subject.agreements ?? []).filter(({ scope }) => scope === "tree").map(({ usd }) => usd)
      : [],
  );
  return { ...lowest, usd: Math.max(lowest.usd, ...agreed) };
}

const limitIn = (limit: unknown): number | undefined =>
  typeof limit === "object" && limit !== null && "limit" in limit && typeof limit.limit === "number"
    ? limit.limit
    : undefined;
