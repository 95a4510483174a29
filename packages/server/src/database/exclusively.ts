import pg from "pg";
import { clientConfig } from "./pool.ts";

/** How long one node waits for another: migrations of a large database take their time. */
const PATIENCE_MS = 600_000;

/**
 * Does `work` while no other node of the same database does work of the same name: an advisory lock, held by a
 * connection of its own, so that PostgreSQL frees it when this process dies. Throws when the lock is not to be had
 * within ten minutes, and whatever `work` throws.
 */
export async function exclusively<T>(url: string, name: string, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...clientConfig(url), statement_timeout: 0, lock_timeout: PATIENCE_MS });
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query("select pg_advisory_lock(hashtextextended($1, 0))", [`tutti ${name}`]);
    return await work();
  } finally {
    await client.end();
  }
}
