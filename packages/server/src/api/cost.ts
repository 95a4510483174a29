import type { Database } from "../database/pool.ts";
import { readCost } from "../governance/read-cost.ts";
import type { Endpoints } from "./endpoint.ts";

export function costEndpoints({ database }: { database: Database }): Pick<Endpoints, "cost"> {
  return {
    async cost({ query: { since, ...query } }) {
      return readCost(database, { ...query, ...(since !== undefined && { since: new Date(since) }) });
    },
  };
}
