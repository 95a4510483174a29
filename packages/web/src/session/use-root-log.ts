/** A root session's own events from its first on: what the score is made of, however little of the timeline is loaded. */
import { useQuery } from "@tanstack/react-query";
import type { Client } from "@tutti/client";
import type { LoggedEvent } from "@tutti/core";
import { useMemo, useRef } from "react";
import type { FamilyView } from "../connection/family.ts";
import { useClient } from "../connection/use-connection.ts";

const page = 1_000;

export function useRootLog(view: FamilyView): readonly LoggedEvent[] {
  const client = useClient();
  const { id } = view.root;
  const { data: before } = useQuery({
    queryKey: ["root-log", id],
    queryFn: () => wholeLog(client, id),
    enabled: view.hasEarlier && view.root.spec.orchestration !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const loaded = useRef(tailOf(id)).current;
  const tail = loaded(view);
  return useMemo(() => {
    const last = before?.at(-1)?.seq ?? 0;
    return before ? [...before, ...tail.filter(({ seq }) => seq > last)] : tail;
  }, [before, tail]);
}

async function wholeLog(client: Client, id: string): Promise<LoggedEvent[]> {
  const all: LoggedEvent[] = [];
  for (;;) {
    const events = await client.events(id, { after: all.at(-1)?.seq ?? 0, limit: page });
    all.push(...events);
    if (events.length < page) return all;
  }
}

/** The root's own events among those of its family; a new array only when there is one more. */
function tailOf(id: string): (view: FamilyView) => readonly LoggedEvent[] {
  let read = 0;
  let first: LoggedEvent | undefined;
  let own: LoggedEvent[] = [];
  return ({ events }) => {
    if (events[0] !== first || events.length < read) {
      read = 0;
      own = [];
      first = events[0];
    }
    const more: LoggedEvent[] = [];
    for (let at = read; at < events.length; at += 1) {
      const logged = events[at];
      if (logged?.session === id) more.push(logged);
    }
    read = events.length;
    if (more.length > 0) own = [...own, ...more];
    return own;
  };
}
