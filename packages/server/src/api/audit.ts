import { auditHead, readAudit, verifyAudit } from "../audit/index.ts";
import type { Database } from "../database/pool.ts";
import type { Endpoints } from "./endpoint.ts";

export function auditEndpoints({
  database: { kysely },
}: {
  database: Database;
}): Pick<Endpoints, "audit" | "auditVerification"> {
  return {
    async audit({ query }) {
      return { rows: await readAudit(kysely, query), head: await auditHead(kysely) };
    },
    auditVerification: ({ query: { anchor } }) => verifyAudit(kysely, anchor),
  };
}
