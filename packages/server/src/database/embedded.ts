import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  chmod,
  chown,
  link,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  symlink,
  unlink,
} from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { type Account, canUseNamespaces, invocation, ordinaryUser } from "./account.ts";
import { findPostgres, majorVersion, type PostgresBinaries, runnablePostgres } from "./binaries.ts";
import {
  EMBEDDED_DATABASE,
  EMBEDDED_USER,
  isAlive,
  isSurelyAnotherProgram,
  probe,
  readLockFile,
  socketUrl,
  stopPostmaster,
} from "./postmaster.ts";
import { refuseForeignFolder, socketFolder } from "./socket-folder.ts";

const run = promisify(execFile);

/** How long a new postmaster may be refused by what a killed one left behind (its sessions end by themselves). */
const LEFTOVERS_MS = 8_000;
/** How long a postmaster may recover from a crash before it answers. */
const RECOVERY_MS = 120_000;
const INITDB_MS = 120_000;

/** A small server for one machine's sessions: little memory, few processes, nothing on the network. */
const SETTINGS = {
  listen_addresses: "",
  unix_socket_permissions: "0700",
  cluster_name: "tutti",
  max_connections: "100",
  shared_buffers: "32MB",
  // Containers often give /dev/shm too little room.
  dynamic_shared_memory_type: "mmap",
  huge_pages: "off",
  io_method: "sync",
  jit: "off",
  wal_level: "minimal",
  max_wal_senders: "0",
  max_logical_replication_workers: "0",
  max_wal_size: "256MB",
  min_wal_size: "32MB",
  timezone: "UTC",
  log_timezone: "UTC",
  // A statement's error goes to whoever sent it; the log is about the server itself and stays short.
  log_min_messages: "log",
  log_checkpoints: "off",
};

/** Speed instead of safety, for databases that do not outlive a test. */
const VOLATILE_SETTINGS = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" };

/** Where a database of Tutti's own lives and how it is run. */
export interface EmbeddedPostgresOptions {
  /** The state folder: an absolute path, made when missing. The database is `postgres` in it. */
  readonly stateDir: string;
  /** A folder of the user for sockets, such as `$XDG_RUNTIME_DIR`; used when it is fit for it. */
  readonly runtimeDir?: string | undefined;
  /** Where root keeps a database that has to run as another user. Default `/var/lib/tutti`. */
  readonly systemDir?: string;
  /** Whether programs may run in user namespaces. Default: found out by trying. */
  readonly namespaces?: boolean;
  /** PostgreSQL's programs. Default: those of the npm package for this platform. */
  readonly binaries?: PostgresBinaries;
  /** False gives up safety against a crash of the machine for speed. Default true. */
  readonly durable?: boolean;
}

/** A running PostgreSQL that Tutti started, or found running in its state folder. */
export interface EmbeddedPostgres {
  /** Address of Tutti's database in it, with its password. */
  readonly url: string;
  /** The postmaster's process. */
  readonly pid: number;
  /** True when another start's postmaster was found running, such as that of a server that was killed. */
  readonly reused: boolean;
  /** The folder of data, password and log (below `systemDir` when the database runs as another user). */
  readonly directory: string;
  /** The folder of the socket. */
  readonly socketFolder: string;
  /** Stops the postmaster, and returns when its process is gone. May be called again. */
  stop(): Promise<void>;
}

/** The folder that holds one database, and as whom its programs run: as the folder's owner. */
interface Home {
  readonly directory: string;
  readonly data: string;
  readonly log: string;
  readonly account: Account;
}

/**
 * Starts PostgreSQL on the state folder's database, or takes over the one that runs there already.
 *
 * The database is made at the first start. Its postmaster belongs to no terminal and no parent: it outlives a server
 * that is killed, and the next start finds it by asking its socket. Several processes may start the same state folder
 * at once: one postmaster comes of it. Whoever holds the result calls `stop`, or leaves it running on purpose.
 *
 * Throws with the end of PostgreSQL's own log when it does not come up, and with what to do when the machine or the
 * folder cannot run it. Nothing of an existing database is changed then.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const home = await openHome(options);
  const password = await passwordOf(home);
  const running = (await findRunning(home, password)) ?? (await start(home, password, options));
  const { pid, sockets, reused } = running;
  await createDatabase(sockets, password);
  let stopping: Promise<void> | undefined;
  return {
    url: socketUrl(sockets, password, EMBEDDED_DATABASE),
    pid,
    reused,
    directory: home.directory,
    socketFolder: sockets,
    stop: () => {
      stopping ??= stopPostmaster(pid, home.data).then(() => rmdir(sockets).catch(() => {}));
      return stopping;
    },
  };
}

/**
 * The database's folder, made at the first start. Root runs it in a user namespace where it may; where it may not,
 * the folder lies below `systemDir`, belongs to an ordinary user and is linked from the state folder. A database
 * that exists stays where it is and keeps its owner.
 */
async function openHome(options: EmbeddedPostgresOptions): Promise<Home> {
  const { stateDir, systemDir = "/var/lib/tutti" } = options;
  const place = path.join(stateDir, "postgres");
  const isRoot = process.getuid?.() === 0;
  const mayNamespace = async () => options.namespaces ?? (await canUseNamespaces());
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  if ((await lstat(place).catch(() => undefined)) === undefined) {
    if (!isRoot || (await mayNamespace())) await mkdir(place, { mode: 0o700 }).catch(unless("EEXIST"));
    else await makeHomeOfOrdinaryUser(place, systemDir);
  }
  const owner = await stat(place).catch((cause: unknown) => {
    throw new Error(
      `${place} leads to a folder that is not there. Bring the folder back, or remove ${place} to start with an empty database.`,
      { cause },
    );
  });
  const directory = await realpath(place);
  let account: Account = { kind: "self" };
  if (isRoot) {
    if (owner.uid !== 0) account = { kind: "user", uid: owner.uid, gid: owner.gid };
    else if (await mayNamespace()) account = { kind: "namespace" };
    else
      throw new Error(
        `The database in ${directory} belongs to root and needs user namespaces, which this machine now refuses. ` +
          "Allow them, give the folder to an ordinary user (chown -R), or use --database-url.",
      );
  } else if (owner.uid !== process.getuid?.())
    throw new Error(`The database in ${directory} belongs to uid ${owner.uid}: run Tutti as that user.`);
  return {
    directory,
    data: path.join(directory, "data"),
    log: path.join(directory, "postgres.log"),
    account,
  };
}

async function makeHomeOfOrdinaryUser(place: string, systemDir: string): Promise<void> {
  const { uid, gid } = await ordinaryUser();
  if ((await mkdir(systemDir, { recursive: true })) !== undefined) await chmod(systemDir, 0o755);
  const folder = await mkdtemp(path.join(systemDir, "postgres-"));
  await chown(folder, uid, gid);
  await symlink(folder, place).catch(async (error: unknown) => {
    await rmdir(folder);
    unless("EEXIST")(error);
  });
}

/** The superuser's password: made once, for ever the same, readable by the database's owner alone. */
async function passwordOf(home: Home): Promise<string> {
  const file = path.join(home.directory, "password");
  const kept = await readFile(file, "utf8").catch(unless("ENOENT"));
  if (kept !== undefined) return kept.trim();
  const scratch = `${file}.${process.pid}`;
  await rm(scratch, { force: true });
  const handle = await open(scratch, "wx", 0o600);
  try {
    await handle.writeFile(`${randomBytes(24).toString("base64url")}\n`);
    if (home.account.kind === "user") await handle.chown(home.account.uid, home.account.gid);
    await handle.sync();
  } finally {
    await handle.close();
  }
  // Of several first starts at once, one password wins.
  await link(scratch, file).catch(unless("EEXIST"));
  await unlink(scratch);
  return (await readFile(file, "utf8")).trim();
}

interface Running {
  readonly pid: number;
  readonly sockets: string;
  readonly reused: boolean;
}

/** The postmaster that an earlier start left running, once it serves; undefined when none answers. */
async function findRunning(home: Home, password: string): Promise<Running | undefined> {
  const end = performance.now() + RECOVERY_MS;
  for (;;) {
    const lock = await readLockFile(home.data);
    if (lock === undefined) return undefined;
    const isThere = await lstat(lock.socketFolder).catch(() => undefined);
    if (isThere === undefined) return undefined;
    await refuseForeignFolder(lock.socketFolder, home.account);
    const state = await probe(lock.socketFolder, password, home.data);
    if (state === "up") return { pid: lock.pid, sockets: lock.socketFolder, reused: true };
    if (state === "down") return undefined;
    if (performance.now() > end)
      throw new Error(
        `PostgreSQL (process ${lock.pid}) is there but serves nobody.${await logTail(home, 0)}`,
      );
    await delay(20);
  }
}

async function start(home: Home, password: string, options: EmbeddedPostgresOptions): Promise<Running> {
  const packaged = options.binaries ?? (await findPostgres());
  const copies =
    home.account.kind === "user" ? (options.systemDir ?? "/var/lib/tutti") : path.resolve(options.stateDir);
  const binaries = await runnablePostgres(packaged, home.account, copies);
  await initialise(home, binaries, options);
  await rename(home.log, `${home.log}.1`).catch(unless("ENOENT"));
  const end = performance.now() + LEFTOVERS_MS;
  for (;;) {
    const sockets = await socketFolder(home.directory, home.account, options.runtimeDir);
    const logged = (await stat(home.log).catch(() => undefined))?.size ?? 0;
    const pid = await launch(home, binaries, password, sockets, options);
    if (pid !== undefined) return { pid, sockets, reused: false };
    // Another start may have been quicker.
    const running = await findRunning(home, password);
    if (running !== undefined) return running;
    const words = await logTail(home, logged);
    if (!/lock file|still in use/.test(words) || performance.now() > end) {
      await rmdir(sockets).catch(() => {});
      throw new Error(`PostgreSQL does not start on ${home.data}.${words}`);
    }
    const lock = await readLockFile(home.data);
    if (lock !== undefined && (await isSurelyAnotherProgram(lock.pid, home.data)))
      await unlink(path.join(home.data, "postmaster.pid")).catch(unless("ENOENT"));
    else await delay(200);
  }
}

/** Runs one postmaster until it serves; undefined when it ends before that. */
async function launch(
  home: Home,
  binaries: PostgresBinaries,
  password: string,
  sockets: string,
  options: EmbeddedPostgresOptions,
): Promise<number | undefined> {
  const settings = {
    ...SETTINGS,
    ...(options.durable === false ? VOLATILE_SETTINGS : {}),
    unix_socket_directories: quoteListItem(sockets),
  };
  const call = invocation(home.account, path.join(binaries.directory, "bin", "postgres"), [
    "-D",
    home.data,
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ]);
  const log = await open(home.log, "a", 0o600);
  try {
    // In a session of its own, so that an interrupt typed into our terminal does not reach it.
    const child = spawn(call.file, call.args, {
      ...call.options,
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
    });
    const spawned = once(child, "spawn");
    const exited = new Promise<"exited">((resolve) => child.once("exit", () => resolve("exited")));
    await spawned;
    child.unref();
    const pid = child.pid ?? 0;
    const end = performance.now() + RECOVERY_MS;
    for (;;) {
      if ((await Promise.race([exited, delay(10)])) === "exited") return undefined;
      // While it is not the one that the lock file names, an answer on the socket would be another's.
      const isOurs = (await readLockFile(home.data))?.pid === pid;
      if (isOurs && (await probe(sockets, password, home.data)) === "up") return pid;
      if (performance.now() <= end) continue;
      child.kill("SIGQUIT");
      throw new Error(`PostgreSQL does not come up on ${home.data}.${await logTail(home, 0)}`);
    }
  } finally {
    await log.close();
  }
}

/** Makes the data folder unless it is there: whole or not at all, whatever interrupts it. */
async function initialise(
  home: Home,
  binaries: PostgresBinaries,
  options: EmbeddedPostgresOptions,
): Promise<void> {
  await removeUnfinished(home);
  const wanted = majorVersion(binaries.version);
  if ((await stat(home.data).catch(unless("ENOENT"))) !== undefined) {
    const version = await readFile(path.join(home.data, "PG_VERSION"), "utf8").catch(unless("ENOENT"));
    if (version !== undefined && majorVersion(version) === wanted) return;
    throw new Error(
      version === undefined
        ? `${home.data} is no PostgreSQL data folder (it has no PG_VERSION). Restore it, or move ${home.directory} away to start with an empty database.`
        : `The database in ${home.data} was made by PostgreSQL ${version.trim()}, and this Tutti brings ${wanted}. ` +
            `Go back to the Tutti that made it, move its data over with pg_dump, or move ${home.directory} away to start with an empty database.`,
    );
  }
  const scratch = `${home.data}.${process.pid}`;
  const call = invocation(home.account, path.join(binaries.directory, "bin", "initdb"), [
    ...["-D", scratch, "-U", EMBEDDED_USER, "--auth=scram-sha-256"],
    `--pwfile=${path.join(home.directory, "password")}`,
    ...["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions"],
    ...(options.durable === false ? ["--no-sync"] : []),
  ]);
  try {
    await run(call.file, call.args, { ...call.options, timeout: INITDB_MS });
    await rename(scratch, home.data).catch(unless("ENOTEMPTY", "EEXIST"));
    const directory = await open(home.directory);
    await directory.sync().finally(() => directory.close());
  } catch (cause) {
    const words = cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim() : String(cause);
    throw new Error(`PostgreSQL's data folder ${home.data} cannot be made: ${words}`, { cause });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Removes what starts that were killed half-way left; a start that is still at it keeps its own. */
async function removeUnfinished(home: Home): Promise<void> {
  for (const name of await readdir(home.directory)) {
    const maker = /^data\.(\d+)$/.exec(name)?.[1];
    if (maker === undefined) continue;
    const isAtWork = Number(maker) !== process.pid && (await isAlive(Number(maker)));
    // An initdb whose start was killed may still be writing: what is left then goes at the next start.
    if (!isAtWork)
      await rm(path.join(home.directory, name), { recursive: true, force: true }).catch(() => {});
  }
}

async function createDatabase(sockets: string, password: string): Promise<void> {
  const client = new pg.Client({
    connectionString: socketUrl(sockets, password, "postgres"),
    application_name: "tutti launcher",
    connectionTimeoutMillis: 10_000,
  });
  client.on("error", () => {});
  await client.connect();
  try {
    const found = await client.query("select 1 from pg_database where datname = $1", [EMBEDDED_DATABASE]);
    if (found.rowCount === 0)
      // Of several first starts at once, one makes it: the others meet a duplicate.
      await client.query(`create database ${EMBEDDED_DATABASE}`).catch(unless("42P04", "23505"));
  } finally {
    await client.end();
  }
}

/** The end of the server's log since `from` bytes, on lines of its own, for an error message. */
async function logTail(home: Home, from: number): Promise<string> {
  const log = await readFile(home.log).catch(() => Buffer.alloc(0));
  const lines = log.subarray(Math.min(from, log.length)).toString("utf8").trim().split("\n").slice(-12);
  return ` Its log (${home.log}) ends:\n${lines.join("\n")}`;
}

/** A setting that is a list of paths takes a path with commas or blanks in double quotes. */
function quoteListItem(item: string): string {
  return `"${item.replaceAll('"', '""')}"`;
}

/** A `catch` that lets only errors of these codes pass, as undefined. */
function unless(...codes: string[]): (error: unknown) => undefined {
  return (error) => {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (typeof code === "string" && codes.includes(code)) return undefined;
    throw error;
  };
}
