import {
  type Activity,
  approvalSubjectSchema,
  type Inbox,
  type InboxItem,
  outcomeSchema,
  type SessionSummary,
} from "@tutti/core";
import { type Kysely, sql } from "kysely";
import type { Database } from "../database/pool.ts";
import type { Schema } from "../database/schema.ts";
import { withChildren } from "../sessions/index.ts";
import { seenAt } from "./seen.ts";

/** Items of each kind; what holds up most, and is oldest, comes first. */
const itemLimit = 500;
const newsLimit = 50;

/** Activities in which a session came to rest. */
const rests: readonly Activity[] = ["merged", "parked", "idle", "stopped"];

/** Reads what is committed; no session's state is loaded for it. */
export async function readInbox({ kysely }: Database): Promise<Omit<Inbox, "position">> {
  const seen = await seenAt(kysely);
  const [questions, failures] = [await readQuestions(kysely), await readFailures(kysely)];
  const { roots, news } = await readRoots(kysely, seen, [...questions, ...failures]);
  const about = (root: string) => {
    const summary = roots.get(root);
    return summary && sharedOf(summary);
  };
  const items = [
    ...questions.flatMap(({ harness, at, holds_up, ...question }): InboxItem[] => {
      const shared = about(question.root);
      if (!shared) return [];
      const asking = harness === null ? [] : [harness];
      return [
        {
          kind: "question",
          ...shared,
          ...{ at: at.toISOString(), holdsUp: holds_up },
          harnesses: [...new Set([...asking, ...shared.harnesses])],
          session: question.session,
          approval: question.approval,
          subject: approvalSubjectSchema.parse(question.subject),
          likeness: question.likeness,
        },
      ];
    }),
    ...failures.flatMap(({ root, task, outcome, detail, at }): InboxItem[] => {
      const shared = about(root);
      if (!shared) return [];
      return [
        {
          kind: "failed",
          ...shared,
          at: at.toISOString(),
          ...{ task, outcome: outcomeSchema.parse(outcome), detail },
        },
      ];
    }),
  ];
  return {
    items: items.sort((a, b) => holdsUp(b) - holdsUp(a) || a.at.localeCompare(b.at)),
    news: news.map(({ summary, at }) => ({
      ...sharedOf(summary),
      at,
      activity: summary.activity,
      detail: summary.detail,
    })),
    seenAt: seen,
  };
}

const holdsUp = (item: InboxItem): number => (item.kind === "question" ? item.holdsUp : 0);

/**
 * An agent's question holds up the agent; a merge its task, and those of its request that wait for the place that it holds;
 * the question whether a repository is trusted, all tasks.
 */
const holdsUpSql = sql<number>`case inbox_questions.subject->>'kind'
  when 'merge' then 1 + summary.tasks_waiting
  when 'trust' then summary.tasks_total - summary.tasks_ended
  else 1 end`;

const readQuestions = (kysely: Kysely<Schema>) =>
  kysely
    .selectFrom("inbox_questions")
    .innerJoin("session_summaries as summary", "summary.id", "inbox_questions.session")
    .selectAll("inbox_questions")
    .select(["summary.harness", holdsUpSql.as("holds_up")])
    .orderBy("holds_up", "desc")
    .orderBy("inbox_questions.at")
    .limit(itemLimit)
    .execute();

const readFailures = (kysely: Kysely<Schema>) =>
  kysely.selectFrom("inbox_failures").selectAll().orderBy("at").limit(itemLimit).execute();

/** The sessions that the items belong to, and those that came to rest since a time. */
async function readRoots(
  kysely: Kysely<Schema>,
  seen: string | null,
  items: readonly { root: string }[],
): Promise<{ roots: Map<string, SessionSummary>; news: { summary: SessionSummary; at: string }[] }> {
  let rested = kysely
    .selectFrom("session_summaries")
    .selectAll()
    .where("parent", "is", null)
    .where("activity", "in", rests)
    .orderBy("activity_since", "desc")
    .limit(newsLimit);
  if (seen !== null) rested = rested.where("activity_since", ">", new Date(seen));
  const news = await rested.execute();
  const ids = [...new Set(items.map(({ root }) => root))];
  const others =
    ids.length === 0
      ? []
      : await kysely.selectFrom("session_summaries").selectAll().where("id", "in", ids).execute();
  const summaries = await withChildren(kysely, [...news, ...others]);
  return {
    roots: new Map(summaries.map((summary) => [summary.id, summary])),
    news: news.flatMap(({ activity_since }, index) => {
      const summary = summaries[index];
      // One of its agents may ask a person all the same.
      return summary && summary.activity !== "waiting" ? [{ summary, at: activity_since.toISOString() }] : [];
    }),
  };
}

const sharedOf = ({ id, title, repository, harnesses, costUsd, costSource }: SessionSummary) => ({
  ...{ root: id, title, repository, harnesses, costUsd, costSource },
});
