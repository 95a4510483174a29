/**
 * The only writer. Every change of a session, whoever wants it, passes here.
 *
 * One transaction holds everything that follows from a command: the events, the state, the read models and the receipt.
 * Commands of one session are decided one after the other; those of different sessions don't wait for each other.
 * The command's id is its idempotency key: whoever doesn't know whether a command arrived sends it again, and gets the
 * first receipt. A refusal is a value and stores nothing. A fault of the database is thrown after some tries.
 */

import { setTimeout as delay } from "node:timers/promises";
import {
  type Actor,
  type Command,
  type CommandEnvelope,
  commandScopes,
  type Decided,
  decide,
  type Receipt,
  type Refusal,
  receiptSchema,
  type Scope,
  type Sent,
  type SessionSpec,
} from "@tutti/core";
import type { Transaction } from "kysely";
import { type Appended, auditAppended } from "../audit/index.ts";
import type { Database } from "../database/pool.ts";
import { type Schema, toJsonb } from "../database/schema.ts";
import type { Governance } from "../governance/index.ts";
import { leaseRefusal } from "../hosts/lease.ts";
import { imageRefusal } from "../images/images.ts";
import { append } from "../log/append.ts";
import { project } from "../projections/index.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { fromSnapshot, toSnapshot } from "./snapshot.ts";
import { openTurnstile } from "./turnstile.ts";

/** Sends a command on behalf of `actor`, who holds a token of `scope`. */
export type Dispatch = (envelope: CommandEnvelope, actor: Actor, scope: Scope) => Promise<Sent>;

/** Sends commands of one session in order, in one transaction. A refused one changes nothing; the next are carried out. */
export type DispatchBatch = (
  envelopes: readonly CommandEnvelope[],
  actor: Actor,
  scope: Scope,
) => Promise<Sent[]>;

export interface DispatchParts {
  database: Database;
  /** What the law asks beside the state. */
  governance: Governance;
  /** Why a session may not begin; undefined when it may. Pure. */
  admit(spec: SessionSpec): Refusal | undefined;
  /** Events were committed. */
  announce(): void;
  now(): Date;
}

const tries = 6;

export function createDispatch(parts: DispatchParts): DispatchBatch {
  const inTurn = openTurnstile();
  return async (envelopes, actor, scope) => {
    const [first] = envelopes;
    if (!first) return [];
    if (envelopes.some(({ session }) => session !== first.session))
      throw new Error("a batch is about one session");
    return inTurn(first.session, async () => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          const done = await parts.database.kysely.transaction().execute(async (tx) => {
            const all: Awaited<ReturnType<typeof carryOut>>[] = [];
            for (const envelope of envelopes) all.push(await carryOut(tx, parts, envelope, actor, scope));
            await auditAppended(
              tx,
              all.flatMap(({ appended }) => appended ?? []),
            );
            return all;
          });
          if (done.some(({ appended }) => appended !== undefined)) parts.announce();
          return done.map(({ sent }) => sent);
        } catch (error) {
          // A connection that broke at the commit leaves open whether it happened: the receipt tells at the next try.
          if (attempt === tries || !isPassing(error)) throw error;
          await delay(2 ** attempt * 5);
        }
      }
    });
  };
}

async function carryOut(
  tx: Transaction<Schema>,
  { governance, admit, now }: DispatchParts,
  envelope: CommandEnvelope,
  by: Actor,
  scope: Scope,
): Promise<{ sent: Sent; appended?: Appended }> {
  const { id, session, lease } = envelope;
  const unchanged = (sent: Sent) => ({ sent });
  if (!maySend(scope, envelope.command))
    return unchanged(
      refused("forbidden", `a token of scope ${scope} may not send ${envelope.command.type}`, "command.type"),
    );
  const fingerprint = fingerprintOf(envelope);

  // The row's lock comes first: what is read after it is what the one before in the queue has committed.
  const row = await tx
    .selectFrom("sessions")
    .select(["id", "head", "state", "host"])
    .where("id", "=", session)
    .forUpdate()
    .executeTakeFirst();
  const earlier = await tx
    .selectFrom("receipts")
    .select(["fingerprint", "response"])
    .where("id", "=", id)
    .executeTakeFirst();
  if (earlier)
    return unchanged(
      earlier.fingerprint === fingerprint
        ? { ok: true, receipt: receiptSchema.parse(earlier.response) }
        : refused("conflict", `command id ${id} was used for another command: use a new id`, "id"),
    );

  const barred = scope === "runner" && row ? await leaseRefusal(tx, row.host, lease) : undefined;
  if (barred) return unchanged({ ok: false, refusal: barred });

  const state = row && (await fromSnapshot(tx, row));
  const prepared = await governance.prepare(envelope.command, scope);
  if (!prepared.ok) return unchanged(prepared);
  const { command } = prepared;
  const decided = decide(state, command, await governance.contextFor(tx, state, command));
  if (!decided.ok) return unchanged(decided);
  if (command.type === "session.create") {
    const refusal = admit(command.spec) ?? (await unknownRelation(tx, command.spec));
    if (refusal) return unchanged({ ok: false, refusal });
  }

  const strange = await imageRefusal(tx, command);
  if (strange) return unchanged({ ok: false, refusal: strange });

  const at = now();
  if (command.type === "session.create")
    await tx
      .insertInto("sessions")
      .values({
        id: session,
        host: command.spec.host,
        parent: command.spec.parent ?? null,
        created_at: at,
        state: toJsonb({}),
      })
      .execute();
  const { logged, state: after } = await append(tx, { session, state, events: decided.events, by, at });
  if (after === undefined) throw new Error(`${command.type} left session ${session} without a state`);
  if (logged.length > 0) {
    await tx
      .updateTable("sessions")
      .set({ head: after.seq, state: toSnapshot(after) })
      .where("id", "=", session)
      .execute();
    await project(tx, after, logged);
  }
  const receipt = receiptOf(envelope, after.seq, decided);
  await tx
    .insertInto("receipts")
    .values({ id, session, fingerprint, response: toJsonb(receipt), at })
    .execute();
  return { sent: { ok: true, receipt }, ...(logged.length > 0 && { appended: { state: after, logged } }) };
}

function receiptOf(
  { id, session }: CommandEnvelope,
  seq: number,
  { decision, approval, push, answer }: Extract<Decided, { ok: true }>,
): Receipt {
  return {
    command: id,
    session,
    seq,
    ...(decision && { decision }),
    ...(approval !== undefined && { approval }),
    ...(push !== undefined && { push }),
    ...(answer !== undefined && { answer }),
  };
}

/** The sessions that a new one hangs on are there. */
async function unknownRelation(tx: Transaction<Schema>, spec: SessionSpec): Promise<Refusal | undefined> {
  for (const field of ["parent", "forkOf"] as const) {
    const id = spec[field];
    if (id === undefined) continue;
    const found = await tx.selectFrom("sessions").select("id").where("id", "=", id).executeTakeFirst();
    if (!found)
      return { kind: "invalid", message: `there is no session ${id}`, field: `command.spec.${field}` };
  }
  return undefined;
}

function maySend(scope: Scope, command: Command): boolean {
  const allowed: readonly Scope[] = commandScopes[command.type];
  return allowed.includes(scope);
}

function refused(kind: Refusal["kind"], message: string, field: string): Sent {
  return { ok: false, refusal: { kind, message, field } };
}

/**
 * Faults that another try may not meet: serialization failure, deadlock, lock not available; a row that another
 * transaction inserted first (a session, a receipt: the next try finds it); a server that restarts, a connection that broke.
 */
const passing = new Set([
  "40001",
  "40P01",
  "55P03",
  "23505",
  "57P01",
  "57P02",
  "57P03",
  "08000",
  "08003",
  "08006",
  "ECONNRESET",
  "ECONNREFUSED",
  "ENOENT",
  "EPIPE",
  "ETIMEDOUT",
]);

function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? error.code : undefined;
  return typeof code === "string"
    ? passing.has(code)
    : /connection terminated|timeout exceeded/i.test(error.message);
}
