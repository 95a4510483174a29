import { sql } from "kysely";
import type { Database } from "../database/pool.ts";
import type { Endpoints } from "./endpoint.ts";
import { problem } from "./problem.ts";

export function healthEndpoints(parts: {
  database: Database;
  version: string;
  startedAt: Date;
}): Pick<Endpoints, "health"> {
  return {
    async health() {
      try {
        await sql`select 1`.execute(parts.database.kysely);
      } catch {
        return problem("unavailable", "the database does not answer");
      }
      return { version: parts.version, database: "ok", startedAt: parts.startedAt.toISOString() };
    },
  };
}
