import type { PushSubscription } from "@tutti/core";
import type { Database } from "../database/pool.ts";

/** The devices that are told, each for as long as the sign-in holds that it was subscribed with. */
export interface Subscriptions {
  /** The same endpoint again replaces the first. Of too many, the oldest goes. */
  add(signIn: string, subscription: PushSubscription): Promise<void>;
  /** False when there was none. */
  remove(endpoint: string): Promise<boolean>;
  list(): Promise<PushSubscription[]>;
}

const most = 50;

export function openSubscriptions({ kysely }: Database, now: () => Date): Subscriptions {
  return {
    async add(signIn, { endpoint, keys }) {
      const row = { sign_in: signIn, ...keys, created_at: now() };
      await kysely.transaction().execute(async (transaction) => {
        await transaction
          .insertInto("push_subscriptions")
          .values({ endpoint, ...row })
          .onConflict((conflict) => conflict.column("endpoint").doUpdateSet(row))
          .execute();
        const latest = transaction
          .selectFrom("push_subscriptions")
          .select("endpoint")
          .orderBy("created_at", "desc")
          .orderBy("endpoint")
          .limit(most);
        await transaction.deleteFrom("push_subscriptions").where("endpoint", "not in", latest).execute();
      });
    },
    async remove(endpoint) {
      const { numDeletedRows } = await kysely
        .deleteFrom("push_subscriptions")
        .where("endpoint", "=", endpoint)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },
    async list() {
      const rows = await kysely
        .selectFrom("push_subscriptions")
        .innerJoin("sign_ins", "sign_ins.id", "push_subscriptions.sign_in")
        .where("sign_ins.expires_at", ">", now())
        .select(["endpoint", "p256dh", "auth"])
        .execute();
      return rows.map(({ endpoint, p256dh, auth }) => ({ endpoint, keys: { p256dh, auth } }));
    },
  };
}
