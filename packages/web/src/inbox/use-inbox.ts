/** What the inbox shows: its rows in a calm order, and how the answers given here stand. */
import { useQuery } from "@tanstack/react-query";
import type { Inbox, InboxItem, SessionSummary } from "@tutti/core";
import { useLayoutEffect, useState } from "react";
import { inboxQuery, sessionsQuery } from "../app/queries.ts";
import { useClient } from "../connection/use-connection.ts";
import { outcomeOf, type Standing } from "../request/held-answer.ts";
import { useStandings } from "../request/use-desk.ts";
import type { Question } from "../request/use-give.ts";
import { itemKey } from "../request/words.ts";
import { type Arranged, arrange } from "./arrange.ts";

export interface ShownInbox {
  inbox: Inbox | undefined;
  error: unknown;
  refetch(): void;
  /** Undefined until it is known. */
  arranged: Arranged | undefined;
  standings: ReadonlyMap<string, Standing>;
}

/** @param selected its row stays when its item ends */
export function useInbox({ held, selected }: { held: boolean; selected: string | undefined }): ShownInbox {
  const { data: inbox, error, refetch } = useQuery(inboxQuery(useClient()));
  const standings = useStandings();
  const [arranged, setArranged] = useState<Arranged>();
  useLayoutEffect(() => {
    if (!inbox) return;
    const isGone = (key: string) => standings.get(key)?.state === "gone";
    const isPressed = (key: string) => outcomeOf(standings.get(key)) !== undefined && !isGone(key);
    const kept = new Set([...standings.keys()].filter(isPressed));
    if (selected !== undefined && !isGone(selected)) kept.add(selected);
    const waiting = inbox.items.filter((item) => !isGone(itemKey(item)));
    setArranged((before) =>
      arrange(
        before?.rows.filter(({ key }) => !isGone(key)),
        waiting,
        { held, kept },
      ),
    );
  }, [inbox, standings, held, selected]);
  return { inbox, error, refetch: () => void refetch(), arranged, standings };
}

/** The other questions of the same kind that still wait. */
export const alikeOf = (
  item: InboxItem,
  items: readonly InboxItem[],
  standings: ReadonlyMap<string, Standing>,
): Question[] =>
  item.kind === "failed" || item.likeness === null
    ? []
    : items.filter(
        (other): other is Question =>
          other.kind === "question" &&
          other.likeness === item.likeness &&
          other.approval !== item.approval &&
          !standings.has(other.approval),
      );

const resting: readonly SessionSummary["activity"][] = ["merged", "parked", "idle", "stopped"];

/** Sessions at rest that are no news any more, the latest first. */
export function useEarlier(inbox: Inbox | undefined, wanted: boolean): SessionSummary[] {
  const { data: sessions = [] } = useQuery(sessionsQuery(useClient()));
  if (!wanted || !inbox) return [];
  const shown = new Set([...inbox.news, ...inbox.items].map(({ root }) => root));
  return sessions
    .filter(({ id, activity }) => resting.includes(activity) && !shown.has(id))
    .toSorted((a, b) => b.updatedAt.localeCompare(a.updatedAt));
}
