import { type AuditHead, type AuditRow, auditRowSchema } from "@tutti/core";
import type { Kysely } from "kysely";
import type { AuditTableRow, Schema } from "../database/schema.ts";
import { noHash } from "./chain.ts";

export interface AuditSelection {
  after: number;
  limit: number;
  session?: string | undefined;
  since?: string | undefined;
}

/** A page of the audit, in order. A row that somebody made unreadable is thrown as a fault: `verifyAudit` names it. */
export async function readAudit(
  kysely: Kysely<Schema>,
  { after, limit, session, since }: AuditSelection,
): Promise<AuditRow[]> {
  let query = kysely.selectFrom("audit").selectAll().where("n", ">", after).orderBy("n").limit(limit);
  if (session !== undefined) query = query.where("session", "=", session);
  if (since !== undefined) query = query.where("at", ">=", new Date(since));
  return (await query.execute()).map((row) => auditRowSchema.parse(rowOf(row)));
}

/** The row in its public shape, unparsed. */
export const rowOf = ({ actor, at, ...row }: AuditTableRow) => ({ ...row, at: at.toISOString(), by: actor });

/** The last row; `n` is 0 while there is none. */
export async function auditHead(kysely: Kysely<Schema>): Promise<AuditHead> {
  const head = await kysely
    .selectFrom("audit")
    .select(["n", "hash"])
    .orderBy("n", "desc")
    .limit(1)
    .executeTakeFirst();
  return head ?? { n: 0, hash: noHash };
}
