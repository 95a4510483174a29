import { useQuery } from "@tanstack/react-query";
import { selfQuery } from "../app/queries.ts";
import { useClient } from "../connection/use-connection.ts";

/** The name of the person that this browser speaks for; empty until it is known. */
export function useSelfName(): string {
  const { data } = useQuery(selfQuery(useClient()));
  return data?.name ?? "";
}
