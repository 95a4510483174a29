import pg from "pg";
import { clientConfig } from "./database/pool.ts";

/**
 * Makes this process the owner of a state folder's own database, for as long as the returned function is not called and
 * the process lives. Throws when another server owns it: its database is none of ours to stop.
 */
export async function ownDatabase(url: string, stateDir: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ ...clientConfig(url), application_name: "tutti owner" });
  client.on("error", () => {});
  await client.connect();
  const { rows } = await client.query<{ own: boolean }>(
    "select pg_try_advisory_lock(hashtextextended('tutti owner', 0)) as own",
  );
  if (rows[0]?.own === true) return () => client.end().catch(() => {});
  await client.end();
  throw new Error(`a server is running already on ${stateDir}: use it, or stop it with tutti stop`);
}
