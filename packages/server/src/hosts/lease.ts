import type { Lease, Refusal } from "@tutti/core";
import type { Transaction } from "kysely";
import type { Schema } from "../database/schema.ts";

/**
 * Why a lease doesn't allow to speak for a host's sessions; undefined when it does. The host cannot join anew before the
 * transaction has ended, so nothing of an older epoch is appended after a newer one began.
 *
 * @param host the session's host.
 */
export async function leaseRefusal(
  tx: Transaction<Schema>,
  host: string | null,
  lease: Lease | undefined,
): Promise<Refusal | undefined> {
  const stale = (message: string, field = "lease"): Refusal => ({ kind: "stale-lease", message, field });
  if (!lease) return stale("a runner's command needs the lease that its host got when it joined");
  if (lease.host !== host)
    return stale(`the session belongs to host ${host}, not to ${lease.host}`, "lease.host");
  const row = await tx
    .selectFrom("hosts")
    .select("epoch")
    .where("id", "=", lease.host)
    .forKeyShare()
    .executeTakeFirst();
  if (row?.epoch === lease.epoch) return undefined;
  return stale(`epoch ${lease.epoch} of host ${lease.host} has ended: join again`, "lease.epoch");
}
