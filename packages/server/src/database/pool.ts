import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import type { Schema } from "./schema.ts";

/** Tutti's database: a pool of connections, and typed queries over it. */
export interface Database {
  readonly url: string;
  readonly kysely: Kysely<Schema>;
  /** For what Kysely has no words for. Its answers are parsed as Kysely's are. */
  readonly pool: pg.Pool;
  /** Waits for the queries at work, then closes every connection. */
  close(): Promise<void>;
}

/** The oldest PostgreSQL that knows all that is asked of it. */
const OLDEST_VERSION = 140_000;

/**
 * Connects to the database at `url` (embedded or the user's own) and sees that it answers and is not too old.
 * Throws with the database's address, without its password, and what is wrong. The caller closes it.
 */
export async function openDatabase(url: string): Promise<Database> {
  const { kysely, pool } = connect<Schema>(url);
  try {
    const answer = await pool.query<{ version: number; name: string }>(
      "select current_setting('server_version_num')::int as version, current_setting('server_version') as name",
    );
    const [server] = answer.rows;
    if (server === undefined || server.version < OLDEST_VERSION)
      throw new Error(`it is PostgreSQL ${server?.name}, and Tutti needs 14 or newer`);
  } catch (cause) {
    await kysely.destroy();
    const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
    throw new Error(`The database ${addressOf(url)} cannot be used: ${reason}.`, { cause });
  }
  return { url, kysely, pool, close: () => kysely.destroy() };
}

/** A pool on `url` and Kysely over it; no connection is made before the first query. */
export function connect<Tables>(
  url: string,
  limits: Pick<pg.PoolConfig, "max" | "statement_timeout"> = {},
): { kysely: Kysely<Tables>; pool: pg.Pool } {
  const pool = new pg.Pool({
    ...clientConfig(url),
    max: 10,
    idleTimeoutMillis: 30_000,
    idle_in_transaction_session_timeout: 60_000,
    ...limits,
  });
  // The pool drops a connection that breaks while idle; the next query opens another, or says what is wrong.
  pool.on("error", () => {});
  return { kysely: new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }), pool };
}

/** How each connection of Tutti's is made. Every wait on the database has an end. */
export function clientConfig(url: string): pg.ClientConfig {
  return {
    connectionString: checkedUrl(url),
    application_name: "tutti",
    connectionTimeoutMillis: 10_000,
    statement_timeout: 30_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: { getTypeParser },
  };
}

function checkedUrl(url: string): string {
  const protocol = URL.parse(url)?.protocol;
  if (protocol === "postgres:" || protocol === "postgresql:") return url;
  throw new Error(
    "A database URL looks like postgresql://user:password@host:5432/database; this one does not.",
  );
}

function addressOf(url: string): string {
  const { hostname, port, pathname, searchParams } = new URL(url);
  const host = searchParams.get("host") ?? hostname;
  return `${pathname.slice(1)} at ${host}${port === "" ? "" : `:${port}`}`;
}

const INT8 = 20;

/** As pg parses, but int8 is a number: counts and positions stay far below 2^53. */
const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: "text" | "binary") =>
  oid === INT8 && format !== "binary" ? safeInteger : pg.types.getTypeParser(oid, format);

function safeInteger(digits: string): number {
  const value = Number(digits);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${digits} from the database is no safe integer.`);
  return value;
}
