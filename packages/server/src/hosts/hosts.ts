import { type HarnessCard, type Host, hostSchema, type Lease } from "@tutti/core";
import { sql } from "kysely";
import type { Database } from "../database/pool.ts";
import { toJsonb } from "../database/schema.ts";

/** The machines that joined, and which of them listen now. */
export interface Hosts {
  /** Begins a new epoch of a host, which ends the leases of the one before. */
  join(host: { id: string; name: string; harnesses: readonly HarnessCard[] }): Promise<Lease>;
  /** Whether a lease is in force. For what is not worth a transaction. */
  holds(lease: Lease): Promise<boolean>;
  /**
   * Where a session hangs, when a lease is in force and the session belongs to its host; undefined otherwise.
   * For what is not worth a transaction.
   */
  placeUnder(lease: Lease, session: string): Promise<{ parent: string | null } | undefined>;
  /** A host's stream has opened, and takes frames. Returns what tells that it closed. */
  connect(id: string, send: (frame: Buffer) => void): () => void;
  /** Sends a frame to a host that listens; false when it does not. */
  tell(id: string, frame: Buffer): boolean;
  list(): Promise<Host[]>;
}

export function openHosts({ kysely }: Database, now: () => Date): Hosts {
  /** The streams of each host, the latest last. */
  const streams = new Map<string, Set<(frame: Buffer) => void>>();
  return {
    join: ({ id, name, harnesses }) =>
      kysely.transaction().execute(async (tx) => {
        const row = { name, info: toJsonb({ harnesses: [...harnesses] }), seen_at: now() };
        await tx
          .insertInto("hosts")
          .values({ id, epoch: 0, ...row })
          .onConflict((conflict) => conflict.column("id").doNothing())
          .execute();
        // The strongest lock: it waits for every transaction that stands on the present epoch.
        await tx.selectFrom("hosts").select("id").where("id", "=", id).forUpdate().execute();
        const { epoch } = await tx
          .updateTable("hosts")
          .set({ epoch: sql<number>`epoch + 1`, ...row })
          .where("id", "=", id)
          .returning("epoch")
          .executeTakeFirstOrThrow();
        return { host: id, epoch };
      }),
    placeUnder: (lease, session) =>
      kysely
        .selectFrom("sessions")
        .innerJoin("hosts", "hosts.id", "sessions.host")
        .select("sessions.parent")
        .where("sessions.id", "=", session)
        .where("hosts.id", "=", lease.host)
        .where("hosts.epoch", "=", lease.epoch)
        .executeTakeFirst(),
    async holds({ host, epoch }) {
      const row = await kysely
        .selectFrom("hosts")
        .select("id")
        .where("id", "=", host)
        .where("epoch", "=", epoch)
        .executeTakeFirst();
      return row !== undefined;
    },
    connect(id, send) {
      const own = (frame: Buffer) => send(frame);
      const all = streams.get(id) ?? new Set();
      streams.set(id, all.add(own));
      return () => {
        all.delete(own);
        if (all.size === 0 && streams.get(id) === all) streams.delete(id);
      };
    },
    tell(id, frame) {
      const latest = [...(streams.get(id) ?? [])].at(-1);
      latest?.(frame);
      return latest !== undefined;
    },
    async list() {
      const rows = await kysely
        .selectFrom("hosts")
        .select(["id", "name", "epoch", "info"])
        .orderBy("id")
        .execute();
      return rows.map(({ info, ...row }) => {
        const read = infoSchema.safeParse(info);
        return {
          ...row,
          connected: streams.has(row.id),
          harnesses: read.success ? read.data.harnesses : [],
        };
      });
    },
  };
}

/** What a machine told at joining. One that joined an older server told nothing, or something else. */
const infoSchema = hostSchema.pick({ harnesses: true });
