import { queryOptions, useQuery } from "@tanstack/react-query";
import type { Client } from "@tutti/client";
import type { SessionState } from "@tutti/core";
import { useClient } from "../connection/use-connection.ts";

/** A session as it was when somebody looked: what a request shows beside its own data. */
const sessionStateQuery = (client: Client, id: string) =>
  queryOptions({
    queryKey: ["session-state", id],
    queryFn: () => client.session(id),
    staleTime: 10_000,
  });

/** `isPending`: nothing is known of it yet. What cannot be read is undefined. */
export function useSessionState(id: string): { state: SessionState | undefined; isPending: boolean } {
  const { data, isPending } = useQuery(sessionStateQuery(useClient(), id));
  return { state: data, isPending };
}
