import type { Host, Lease } from "@tutti/core";
import { sql } from "kysely";
import type { Database } from "../database/pool.ts";
import { toJsonb } from "../database/schema.ts";

/** The machines that joined, and which of them listen now. */
export interface Hosts {
  /** Begins a new epoch of a host, which ends the leases of the one before. */
  join(id: string, name: string): Promise<Lease>;
  /**
   * Where a session hangs, when a lease is in force and the session belongs to its host; undefined otherwise.
   * For what is not worth a transaction.
   */
  placeUnder(lease: Lease, session: string): Promise<{ parent: string | null } | undefined>;
  /** A host's stream has opened. Returns what tells that it closed. */
  connect(id: string): () => void;
  list(): Promise<Host[]>;
}

export function openHosts({ kysely }: Database, now: () => Date): Hosts {
  const streams = new Map<string, number>();
  return {
    join: (id, name) =>
      kysely.transaction().execute(async (tx) => {
        const row = { name, info: toJsonb({}), seen_at: now() };
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
    connect(id) {
      streams.set(id, (streams.get(id) ?? 0) + 1);
      let open = true;
      return () => {
        if (!open) return;
        open = false;
        const left = (streams.get(id) ?? 1) - 1;
        if (left > 0) streams.set(id, left);
        else streams.delete(id);
      };
    },
    async list() {
      const rows = await kysely.selectFrom("hosts").select(["id", "name", "epoch"]).orderBy("id").execute();
      return rows.map((row) => ({ ...row, connected: streams.has(row.id) }));
    },
  };
}
