import { type AuditHead, type AuditRow, auditRowSchema } from "@tutti/core";
import type { Kysely } from "kysely";
import type { AuditTableRow, Schema } from "../database/schema.ts";
import { noHash } from "./chain.ts";

export interface AuditSelection {
  after: number;
  limit: number;
  /** This session and its children. */
  session?: string | undefined;
  since?: string | undefined;
}

/** A page of the audit, in order. A row that somebody made unreadable is thrown as a fault: `verifyAudit` names it. */
export async function readAudit(
  kysely: Kysely<Schema>,
  { after, limit, session, since }: AuditSelection,
): Promise<AuditRow[]> {
  let query = kysely.selectFrom("audit").selectAll().where("n", ">", after).orderBy("n").limit(limit);
  if (session !== undefined)
    query = query.where(({ eb, or, selectFrom }) =>
      or([
        eb("session", "=", session),
        eb("session", "in", selectFrom("sessions").select("id").where("parent", "=", session)),
      ]),
    );
  if (since !== undefined) query = query.where("at", ">=", new Date(since));
  return (await query.execute()).map((row) => auditRowSchema.parse(rowOf(row)));
}

/** The row in its public shape, unparsed. */
export const rowOf = ({ actor, at, ...row }: AuditTableRow) => ({ ...row, at: momentOf(at), by: actor });

/** A moment as text. The database knows some that are no dates, such as `infinity`. */
export const momentOf = (at: unknown): string =>
  at instanceof Date && !Number.isNaN(at.getTime()) ? at.toISOString() : String(at);

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
