/**
 * Databases for tests: a fresh one for each call, on one PostgreSQL for the whole test run.
 *
 * The first test process that asks starts it, all others find it, and a watcher removes it when the test runner's main
 * process has ended, however it ended.
 */
import { spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isMainThread } from "node:worker_threads";
import pg from "pg";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "./embedded.ts";
import { exclusively } from "./exclusively.ts";
import { migrate, migrations } from "./migrations.ts";
import { type Database, openDatabase } from "./pool.ts";

/** A database that nobody else uses. */
export interface TestDatabase extends Database, AsyncDisposable {
  /** Closes the connections and drops the database, whoever else is connected. */
  close(): Promise<void>;
}

let postgres: Promise<{ embedded: EmbeddedPostgres; template: string }> | undefined;

/**
 * A fresh database with all tables, in some tens of milliseconds. Close it when the test is over; `url` lets other
 * processes of the test in.
 */
export async function testDatabase(): Promise<TestDatabase> {
  postgres ??= startShared();
  const { embedded, template } = await postgres;
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await administer(embedded.url, `create database ${name} template ${template}`);
  const database = await openDatabase(urlOf(embedded.url, name));
  const close = async () => {
    // A test that failed may hold a connection for ever.
    await Promise.race([database.close(), delay(1_000, undefined, { ref: false })]);
    await administer(embedded.url, `drop database if exists ${name} with (force)`);
  };
  return { ...database, close, [Symbol.asyncDispose]: close };
}

async function startShared(): Promise<{ embedded: EmbeddedPostgres; template: string }> {
  const runner = runnerPid();
  const stateDir = path.join(tmpdir(), `tutti-test-${process.getuid?.() ?? 0}-${runner}`);
  const systemDir = `${stateDir}-system`;
  const embedded = await startEmbeddedPostgres({ stateDir, systemDir, durable: false });
  if (!embedded.reused) removeAfter(runner, embedded, [stateDir, systemDir]);
  return { embedded, template: await prepareTemplate(embedded.url) };
}

/** The process that lives as long as the test run: a worker process's parent, a worker thread's own process. */
function runnerPid(): number {
  return process.env.VITEST !== undefined && isMainThread ? process.ppid : process.pid;
}

/** The migrated database that others are copied from; its name changes with the migrations, for watch mode. */
async function prepareTemplate(url: string): Promise<string> {
  const print = createHash("sha256").update(migrations.map(({ name, up }) => `${name}${up}`).join());
  const template = `template_${print.digest("hex").slice(0, 12)}`;
  await exclusively(url, "test template", async () => {
    if ((await administer(url, `select 1 from pg_database where datname = '${template}'`)) > 0) return;
    const draft = `${template}_draft`;
    await administer(url, `drop database if exists ${draft} with (force)`);
    await administer(url, `create database ${draft}`);
    await migrate(urlOf(url, draft));
    await administer(url, `alter database ${draft} rename to ${template}`);
  });
  return template;
}

/** Runs one statement on the server's own database; answers how many rows came of it. */
async function administer(url: string, statement: string): Promise<number> {
  const client = new pg.Client({ connectionString: url, application_name: "tutti tests" });
  await client.connect();
  try {
    return (await client.query(statement)).rowCount ?? 0;
  } finally {
    await client.end();
  }
}

function urlOf(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

/** Waits for the runner's end, then for PostgreSQL's, then removes the folders; a shell costs a test run least. */
const WATCHER = `
  runner=$1 postgres=$2; shift 2
  while kill -0 "$runner" 2>/dev/null; do sleep 0.2; done
  kill -QUIT "$postgres" 2>/dev/null
  tries=0
  while kill -0 "$postgres" 2>/dev/null && [ $tries -lt 100 ]; do sleep 0.05; tries=$((tries + 1)); done
  rm -rf -- "$@"`;

function removeAfter(runner: number, embedded: EmbeddedPostgres, folders: readonly string[]): void {
  const args = [`${runner}`, `${embedded.pid}`, embedded.socketFolder, ...folders];
  spawn("/bin/sh", ["-c", WATCHER, "sh", ...args], { detached: true, stdio: "ignore", cwd: "/" }).unref();
}
