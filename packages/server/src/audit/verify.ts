/**
 * Holds the audit against itself and against the log.
 *
 * The chain finds a row that was changed, removed, moved or put in, as long as not everything after it was hashed anew; the log
 * finds what was changed on one side only. Whoever can write the whole database can make both fit again: that is found
 * by an anchor, a head's hash that somebody keeps elsewhere.
 */
import {
  type AuditFinding,
  type AuditHead,
  type AuditVerification,
  auditRowSchema,
  upcast,
} from "@tutti/core";
import { type Kysely, sql } from "kysely";
import type { Schema } from "../database/schema.ts";
import { canonicalJson, hashOf, noHash } from "./chain.ts";
import { auditedTypes, bodyFits } from "./entry.ts";
import { momentOf, rowOf } from "./read.ts";

const pageSize = 500;
const findingsLimit = 100;

/** Reads everything once, a page at a time, in one state of the database. */
export async function verifyAudit(kysely: Kysely<Schema>, anchor?: string): Promise<AuditVerification> {
  return kysely
    .transaction()
    .setIsolationLevel("repeatable read")
    .setAccessMode("read only")
    .execute(async (tx) => {
      const findings: AuditFinding[] = [];
      let found = 0;
      const find = (finding: AuditFinding) => {
        found += 1;
        if (findings.length < findingsLimit) findings.push(finding);
      };
      let head: AuditHead = { n: 0, hash: noHash };
      let rows = 0;
      let began = 0;
      let anchored: number | null = null;
      for (let page = await readPage(tx, 0); page.length > 0; page = await readPage(tx, head.n)) {
        for (const row of page) {
          const { n, session, seq } = row;
          for (const [kind, message] of problemsOf(row, head)) find({ kind, n, session, seq, message });
          if (row.kind === "audit.began" && n === 1) began = positionIn(row.body);
          if (row.hash === anchor) anchored = n;
          head = { n, hash: row.hash };
          rows += 1;
        }
      }
      if (rows === 0)
        find({
          ...{ kind: "gap", n: null, session: null, seq: null },
          message: "the audit is empty, without its first row",
        });
      for (const { session, seq, type } of await notAudited(tx, began))
        find({
          ...{ kind: "not-audited", n: null, session, seq },
          message: `the log holds ${type}, and the audit does not`,
        });
      const wanted = anchor === undefined ? {} : { anchor: { hash: anchor, n: anchored } };
      return {
        ok: found === 0 && (anchor === undefined || anchored !== null),
        rows,
        head,
        findings,
        found,
        ...wanted,
      };
    });
}

type Page = Awaited<ReturnType<typeof readPage>>;

const readPage = (tx: Kysely<Schema>, after: number) =>
  tx
    .selectFrom("audit")
    .leftJoin("events", (join) =>
      join.onRef("events.session", "=", "audit.session").onRef("events.seq", "=", "audit.seq"),
    )
    .selectAll("audit")
    .select(["events.at as eventAt", "events.type", "events.data", "events.actor as eventActor"])
    .where("n", ">", after)
    .orderBy("n")
    .limit(pageSize)
    .execute();

function* problemsOf(
  { eventAt, type, data, eventActor, ...stored }: Page[number],
  before: AuditHead,
): Generator<[AuditFinding["kind"], string]> {
  const { n, session, seq } = stored;
  if (n !== before.n + 1)
    yield [
      "gap",
      n === before.n + 2 ? `row ${n - 1} is missing` : `rows ${before.n + 1} to ${n - 1} are missing`,
    ];
  else if (stored.prev !== before.hash) yield ["broken", `row ${n} does not go on from row ${before.n}`];
  if (n === 1 && stored.kind !== "audit.began") yield ["changed", "row 1 is not the audit's beginning"];
  const row = auditRowSchema.safeParse(rowOf(stored));
  if (!row.success || hashOf(row.data) !== stored.hash)
    yield ["changed", `row ${n} is not what its hash says`];
  if (session === null) return;
  const event = `event ${seq} of session ${session}`;
  if (type === null || eventAt === null) {
    yield ["event-gone", `${event} is not in the log`];
    return;
  }
  const differs = [
    ...(type === stored.kind ? [] : ["its type"]),
    ...(momentOf(eventAt) === momentOf(stored.at) ? [] : ["when it was"]),
    ...(canonicalJson(eventActor) === canonicalJson(stored.actor) ? [] : ["who caused it"]),
    ...(fits(stored.body, data) ? [] : ["what it says"]),
  ];
  if (differs.length > 0)
    yield ["event-changed", `${event} is not what row ${n} says: ${differs.join(", ")} differs`];
}

function fits(body: string, data: unknown): boolean {
  try {
    return bodyFits(body, upcast(data), data) !== false;
  } catch {
    return false;
  }
}

function positionIn(body: string): number {
  try {
    const { position }: { position?: unknown } = JSON.parse(body);
    return typeof position === "number" ? position : 0;
  } catch {
    return 0;
  }
}

/** Events that should have a row. */
async function notAudited(tx: Kysely<Schema>, began: number) {
  const { rows } = await sql<{ session: string; seq: number; type: string }>`
    select e.session, e.seq, e.type from events e
    where e.position > ${began}
      and e.type in (${sql.join([...auditedTypes])})
      and not exists (select 1 from audit a where a.session = e.session and a.seq = e.seq)
      and (e.type <> 'work.requested' or e.data->'request'->>'type' = 'candidate.merge')
      and (e.type <> 'work.finished' or exists (
        select 1 from events r
        where r.session = e.session and r.type = 'work.requested'
          and r.data->>'work' = e.data->>'work' and r.data->'request'->>'type' = 'candidate.merge'))
    order by e.position limit ${findingsLimit + 1}`.execute(tx);
  return rows;
}
