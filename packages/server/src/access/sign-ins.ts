/**
 * How a browser comes to speak for the person, without the token: who holds the token asks for a link, opened once it signs the
 * browser in. Links live in memory for five minutes, so that a restart ends them; sign-ins live in the database, by their
 * hashes, so that whoever reads it cannot use them.
 */
import { randomUUID } from "node:crypto";
import type { SignIn } from "@tutti/core";
import { auditDeed } from "../audit/index.ts";
import type { Database } from "../database/pool.ts";
import { hashSecret, makeSecret } from "./secret.ts";

export interface SignIns {
  /** A code for one sign-in. Of more than a few that wait, the oldest ends. */
  makeLink(): { code: string; expiresAt: Date };
  /** Signs a browser in; undefined when the code is none, was used or is over. A code is used up by the first try. */
  signIn(code: string, browser: string): Promise<{ secret: string; expiresAt: Date } | undefined>;
  /** The id of the sign-in that a secret belongs to; undefined when it is over, revoked or none. */
  find(secret: string): Promise<string | undefined>;
  /** The latest first. */
  list(): Promise<Omit<SignIn, "current">[]>;
  /** False when there is none. */
  revoke(id: string): Promise<boolean>;
}

const linkMs = 5 * 60_000;
const mostLinks = 20;
const signInMs = 30 * 24 * 60 * 60_000;
const mostSignIns = 100;
/** How exactly it is kept when a sign-in was used last. */
const seenMs = 60_000;

/** @param person who holds the token, and so whom the browsers speak for */
export function openSignIns({ kysely }: Database, now: () => Date, person = "somebody"): SignIns {
  const by = { kind: "person" as const, name: person };
  /** When a link ends, by its code's hash. */
  const links = new Map<string, number>();
  return {
    makeLink() {
      const code = makeSecret("code");
      const expiresAt = new Date(now().getTime() + linkMs);
      links.set(keyOf(code), expiresAt.getTime());
      const [oldest] = links.keys();
      if (links.size > mostLinks && oldest !== undefined) links.delete(oldest);
      return { code, expiresAt };
    },

    async signIn(code, browser) {
      const key = keyOf(code);
      const ends = links.get(key);
      // Before anything is waited for: of two at once, one finds it.
      links.delete(key);
      const present = now();
      if (ends === undefined || ends <= present.getTime()) return undefined;
      const secret = makeSecret("browser");
      const expiresAt = new Date(present.getTime() + signInMs);
      const row = {
        id: `sign-in-${randomUUID()}`,
        hash: hashSecret(secret),
        browser: browser.slice(0, 300),
        created_at: present,
        seen_at: present,
        expires_at: expiresAt,
      };
      await kysely.transaction().execute(async (transaction) => {
        await transaction.deleteFrom("sign_ins").where("expires_at", "<=", present).execute();
        await transaction.insertInto("sign_ins").values(row).execute();
        const latest = transaction
          .selectFrom("sign_ins")
          .select("id")
          .orderBy("created_at", "desc")
          .orderBy("id")
          .limit(mostSignIns);
        await transaction.deleteFrom("sign_ins").where("id", "not in", latest).execute();
        const facts = { signIn: row.id, browser: row.browser };
        await auditDeed(transaction, { at: present, by, kind: "sign-in.made", facts });
      });
      return { secret, expiresAt };
    },

    async find(secret) {
      const present = now();
      const row = await kysely
        .selectFrom("sign_ins")
        .select(["id", "seen_at"])
        .where("hash", "=", hashSecret(secret))
        .where("expires_at", ">", present)
        .executeTakeFirst();
      if (row && present.getTime() - row.seen_at.getTime() > seenMs)
        await kysely.updateTable("sign_ins").set({ seen_at: present }).where("id", "=", row.id).execute();
      return row?.id;
    },

    async list() {
      const rows = await kysely
        .selectFrom("sign_ins")
        .select(["id", "browser", "created_at", "seen_at", "expires_at"])
        .where("expires_at", ">", now())
        .orderBy("created_at", "desc")
        .orderBy("id")
        .execute();
      return rows.map(({ id, browser, created_at, seen_at, expires_at }) => ({
        id,
        browser,
        createdAt: created_at.toISOString(),
        seenAt: seen_at.toISOString(),
        expiresAt: expires_at.toISOString(),
      }));
    },

    async revoke(id) {
      return kysely.transaction().execute(async (transaction) => {
        const { numDeletedRows } = await transaction
          .deleteFrom("sign_ins")
          .where("id", "=", id)
          .executeTakeFirst();
        if (numDeletedRows === 0n) return false;
        await auditDeed(transaction, { at: now(), by, kind: "sign-in.revoked", facts: { signIn: id } });
        return true;
      });
    },
  };
}

const keyOf = (code: string): string => hashSecret(code).toString("hex");
