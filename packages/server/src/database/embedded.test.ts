import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { canUseNamespaces } from "./account.ts";
import { findPostgres } from "./binaries.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "./embedded.ts";

/** How long something may take that is sure to come. */
const patient = { timeout: 60_000 };

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;
const ways =
  isRoot && (await canUseNamespaces())
    ? [
        { way: "root with user namespaces", namespaces: true },
        { way: "root without them", namespaces: false },
      ]
    : [{ way: isRoot ? "root without user namespaces" : "an ordinary user", namespaces: false }];

let folder: string;
let started: EmbeddedPostgres[];
let children: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "embedded-"));
  // Like /var/lib, others may enter it; the state folders below are closed.
  chmodSync(folder, 0o755);
  started = [];
  children = [];
});

afterEach(async () => {
  for (const child of children)
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  for (const postgres of started) await postgres.stop();
  expect(processesOf(folder)).toEqual([]);
  rmSync(folder, { recursive: true, force: true });
});

function options(more: Partial<Parameters<typeof startEmbeddedPostgres>[0]> = {}) {
  return { stateDir: path.join(folder, "closed", "state"), systemDir: path.join(folder, "system"), ...more };
}

async function start(more: Parameters<typeof options>[0] = {}): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres(options(more));
  started.push(postgres);
  return postgres;
}

/** Runs a start in a process of its own, which prints what it got and then stays. */
function startInChild(more: object = {}, asUser?: number): ChildProcess {
  const program = `
    import { startEmbeddedPostgres } from ${JSON.stringify(import.meta.resolve("./embedded.ts"))};
    const { stop, ...postgres } = await startEmbeddedPostgres(${JSON.stringify(options(more))});
    console.log(JSON.stringify(postgres));
    process.stdin.once("data", () => stop().then(() => process.exit()));`;
  const drop = asUser === undefined ? {} : { uid: asUser, gid: asUser, cwd: "/" };
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    ...drop,
    stdio: ["pipe", "pipe", "inherit"],
  });
  children.push(child);
  return child;
}

async function said(child: ChildProcess): Promise<EmbeddedPostgres> {
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`The starting process ended with ${code}.`);
  });
  const [line] = await Promise.race([once(child.stdout!, "data"), ended]);
  ended.catch(() => {});
  return JSON.parse(String(line));
}

async function kill(pid: number): Promise<void> {
  process.kill(pid, "SIGKILL");
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), patient);
}

/** Whether a process runs; one that only waits to be reaped does not. */
function isRunning(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

function processesOf(at: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(at);
      } catch {
        return false;
      }
    });
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe.each(ways)("PostgreSQL of $way", ({ namespaces }) => {
  it("starts, keeps what was written, stops and leaves nothing behind", async () => {
    const first = await start({ namespaces });
    expect(first.reused).toBe(false);
    await query(first.url, "create table notes (text text)");
    await query(first.url, "insert into notes values ('kept')");
    const stateDir = statSync(options().stateDir);
    expect(stateDir.mode & 0o777).toBe(0o700);
    expect(statSync(path.join(first.directory, "password")).mode & 0o777).toBe(0o600);
    expect(statSync(first.socketFolder).mode & 0o777).toBe(0o700);
    await first.stop();
    await first.stop();
    expect(isRunning(first.pid)).toBe(false);
    expect(processesOf(folder)).toEqual([]);
    expect(existsSync(first.socketFolder)).toBe(false);

    const second = await start({ namespaces });
    expect(second).toMatchObject({ reused: false, url: first.url, directory: first.directory });
    expect(await query(second.url, "select text from notes")).toEqual([{ text: "kept" }]);
  });

  it("is safe, local and in UTF-8", async () => {
    const { url } = await start({ namespaces });
    expect(
      await query(
        url,
        `select name, setting from pg_settings where name in ('fsync', 'full_page_writes', 'synchronous_commit',
           'listen_addresses', 'wal_level', 'data_checksums') order by name`,
      ),
    ).toEqual([
      { name: "data_checksums", setting: "on" },
      { name: "fsync", setting: "on" },
      { name: "full_page_writes", setting: "on" },
      { name: "listen_addresses", setting: "" },
      { name: "synchronous_commit", setting: "on" },
      { name: "wal_level", setting: "minimal" },
    ]);
    expect(
      await query(
        url,
        `select pg_encoding_to_char(encoding) as encoding, datlocprovider, datlocale from pg_database
           where datname = current_database()`,
      ),
    ).toEqual([{ encoding: "UTF8", datlocprovider: "b", datlocale: "C.UTF-8" }]);
    const stranger = new URL(url);
    stranger.password = "guessed";
    await expect(query(stranger.href, "select 1")).rejects.toThrow("password authentication failed");
  });

  it("outlives the killed process that started it, and is found again", async () => {
    const server = startInChild({ namespaces });
    const first = await said(server);
    await query(first.url, "create table notes as select 'committed' as text");
    await kill(server.pid!);
    expect(await query(first.url, "select text from notes")).toEqual([{ text: "committed" }]);

    const second = await start({ namespaces });
    expect(second).toMatchObject({ reused: true, pid: first.pid, url: first.url });
    expect(await query(second.url, "select text from notes")).toEqual([{ text: "committed" }]);
    await second.stop();
    expect(processesOf(folder)).toEqual([]);
  });

  it("comes back each time its postmaster is killed, with every committed row", async () => {
    let postgres = await start({ namespaces });
    await query(postgres.url, "create table counts (n int)");
    for (const n of [1, 2, 3]) {
      await query(postgres.url, `insert into counts values (${n})`);
      const busy = query(postgres.url, "select pg_sleep(600)").catch(() => "cut");
      await vi.waitFor(
        async () =>
          expect(
            await query(postgres.url, "select 1 from pg_stat_activity where wait_event = 'PgSleep'"),
          ).toHaveLength(1),
        patient,
      );
      await kill(postgres.pid);
      postgres = await start({ namespaces });
      expect(postgres.reused).toBe(false);
      expect(await query(postgres.url, "select count(*)::int as count from counts")).toEqual([{ count: n }]);
      expect(await busy).toBe("cut");
    }
  });

  it("starts when process ids came round and its lock file names another program", async () => {
    const first = await start({ namespaces });
    await first.stop();
    const { uid } = statSync(first.directory);
    const other = spawn("sleep", ["600"], isRoot ? { uid } : {});
    children.push(other);
    await once(other, "spawn");
    const data = path.join(first.directory, "data");
    const lock = [
      other.pid,
      data,
      1_700_000_000,
      5432,
      first.socketFolder,
      "",
      "  1234567    654321",
      "ready",
    ];
    writeFileSync(path.join(data, "postmaster.pid"), `${lock.join("\n")}\n`);
    if (isRoot) chownSync(path.join(data, "postmaster.pid"), uid, uid);
    const second = await start({ namespaces });
    expect(second.reused).toBe(false);
    expect(isRunning(other.pid!)).toBe(true);
  });

  it("recovers from a first start that was killed half-way", async () => {
    const half = startInChild({ namespaces });
    const unfinished = () => {
      const found = processesOf(folder).find((pid) =>
        readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("bin/initdb"),
      );
      expect(found).toBeDefined();
      return Number(found);
    };
    const initdb = await vi.waitFor(unfinished, { interval: 2, ...patient });
    await kill(half.pid!);
    await kill(initdb);
    await vi.waitFor(() => expect(processesOf(folder)).toEqual([]), patient);
    const postgres = await start({ namespaces });
    expect(await query(postgres.url, "select 1 as one")).toEqual([{ one: 1 }]);
    expect(readdirSync(postgres.directory).filter((name) => name.startsWith("data"))).toEqual(["data"]);
  });

  it("is one postmaster when several processes start it at once", async () => {
    const found = await Promise.all([1, 2, 3].map(() => said(startInChild({ namespaces }))));
    expect(new Set(found.map((one) => one.pid)).size).toBe(1);
    expect(new Set(found.map((one) => one.url)).size).toBe(1);
    expect(found.filter((one) => !one.reused)).toHaveLength(1);
    await start({ namespaces });
  });
});

it("survives the interrupt that a terminal sends to the server's process group", async () => {
  const server = startInChild();
  const { pid } = await said(server);
  const groupOf = (of: number) => readFileSync(`/proc/${of}/stat`, "utf8").split(") ")[1]!.split(" ")[2];
  expect(groupOf(pid)).toBe(String(pid));
  expect(groupOf(pid)).not.toBe(groupOf(server.pid!));
  await start();
});

it("keeps its socket in the runtime folder when that is ours and short enough", async () => {
  const runtimeDir = path.join(folder, "closed", "r");
  mkdirSync(runtimeDir, { recursive: true, mode: 0o700 });
  const short = await start({ runtimeDir });
  if (short.directory.startsWith(options().stateDir))
    expect(path.dirname(short.socketFolder)).toBe(runtimeDir);
  await short.stop();

  const long = path.join(runtimeDir, "x".repeat(90));
  mkdirSync(long, { mode: 0o700 });
  const fallen = await start({ runtimeDir: long });
  expect(fallen.socketFolder.startsWith(runtimeDir)).toBe(false);
  expect(fallen.socketFolder.length).toBeLessThan(90);
  await fallen.stop();

  const missing = await start({ runtimeDir: path.join(folder, "missing") });
  expect(missing.socketFolder).toBe(fallen.socketFolder);
});

it("is found where it listens, when the runtime folder is another one now", async () => {
  const runtimeDir = path.join(folder, "closed", "r");
  mkdirSync(runtimeDir, { recursive: true, mode: 0o700 });
  const first = await start({ runtimeDir });
  const second = await start();
  expect(second).toMatchObject({ reused: true, pid: first.pid, socketFolder: first.socketFolder });
});

it("refuses a socket folder that others may enter", async () => {
  const first = await start();
  await first.stop();
  mkdirSync(first.socketFolder);
  chmodSync(first.socketFolder, 0o755);
  try {
    await expect(start()).rejects.toThrow(`${first.socketFolder} must be a folder of uid`);
  } finally {
    rmSync(first.socketFolder, { recursive: true });
  }
});

it("names the versions when another PostgreSQL made the data folder", async () => {
  const first = await start();
  await first.stop();
  writeFileSync(path.join(first.directory, "data", "PG_VERSION"), "17\n");
  await expect(start()).rejects.toThrow(/made by PostgreSQL 17, and this Tutti brings 18/);
});

it("quotes PostgreSQL's log when it does not start", async () => {
  const first = await start();
  await first.stop();
  appendFileSync(path.join(first.directory, "data", "postgresql.conf"), "\nnonsense here\n");
  await expect(start()).rejects.toThrow(
    /does not start on .*[\s\S]*unrecognized configuration parameter "nonsense"/,
  );
});

it("starts from a package whose install script did not run", async () => {
  const packaged = await findPostgres();
  const directory = path.join(folder, "closed", "native");
  cpSync(packaged.directory, directory, { recursive: true, verbatimSymlinks: true });
  const links = readdirSync(path.join(directory, "lib"), { withFileTypes: true }).filter((one) =>
    one.isSymbolicLink(),
  );
  expect(links.length).toBeGreaterThan(0);
  for (const link of links) rmSync(path.join(directory, "lib", link.name));
  const postgres = await start({ binaries: { ...packaged, directory } });
  expect(await query(postgres.url, "select 1 as one")).toEqual([{ one: 1 }]);
});

describe.runIf(isRoot)("root, for another user", () => {
  const mayRead = (() => {
    try {
      execFileSync(process.execPath, ["-e", `fs.readFileSync(${JSON.stringify(import.meta.filename)})`], {
        uid: NOBODY,
        gid: NOBODY,
        cwd: "/",
        stdio: "ignore",
      });
      return true;
    } catch {
      return false;
    }
  })();

  it.runIf(mayRead)("an ordinary user runs it from a read-only package without its links", async () => {
    const packaged = await findPostgres();
    const directory = path.join(folder, "native");
    cpSync(packaged.directory, directory, { recursive: true, verbatimSymlinks: true });
    for (const name of readdirSync(path.join(directory, "lib")))
      if (/\.so(\.\d+)?$/.test(name) && /^lib(icu|pq|ec|pgt)/.test(name))
        rmSync(path.join(directory, "lib", name));
    const stateDir = path.join(folder, "theirs");
    mkdirSync(stateDir, { mode: 0o700 });
    chownSync(stateDir, NOBODY, NOBODY);
    const user = startInChild({ stateDir, binaries: { ...packaged, directory } }, NOBODY);
    const postgres = await said(user);
    expect(await query(postgres.url, "select 1 as one")).toEqual([{ one: 1 }]);
    expect(statSync(`/proc/${postgres.pid}`).uid).toBe(NOBODY);
    expect(existsSync(path.join(stateDir, `postgresql-${packaged.version}`))).toBe(true);

    // Root takes the same state folder over without making its files root's.
    const taken = await start({ stateDir });
    expect(taken).toMatchObject({ reused: true, pid: postgres.pid });
    await taken.stop();
    user.kill("SIGKILL");
    const again = await start({ stateDir });
    expect(statSync(`/proc/${again.pid}`).uid).toBe(NOBODY);
  });

  it.runIf(mayRead)("an ordinary user is told whose database it is", async () => {
    const stateDir = path.join(folder, "state");
    const first = await start({ stateDir, namespaces: false });
    await first.stop();
    chmodSync(stateDir, 0o755);
    chownSync(first.directory, 0, 0);
    chmodSync(first.directory, 0o755);
    const text = execFileSync(
      process.execPath,
      [
        "--input-type=module",
        "-e",
        `import { startEmbeddedPostgres } from ${JSON.stringify(import.meta.resolve("./embedded.ts"))};
         await startEmbeddedPostgres({ stateDir: ${JSON.stringify(stateDir)} }).catch((error) => console.log(error.message));`,
      ],
      { uid: NOBODY, gid: NOBODY, cwd: "/", encoding: "utf8" },
    );
    expect(text).toContain("belongs to uid 0: run Tutti as that user");
  });
});
