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

export const useSessionState = (id: string): SessionState | undefined =>
  useQuery(sessionStateQuery(useClient(), id)).data;
