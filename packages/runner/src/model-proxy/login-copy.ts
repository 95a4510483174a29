/**
 * The login file of a vendor's CLI, lent to a confined session as a private copy.
 *
 * Such a file holds a token that its CLI exchanges now and then for a new one, upon which the old one is worth nothing: a
 * new one that stayed in the copy would log the user out. So what changed in the copy goes back to the user's file, unless
 * the user's own CLI was faster.
 *
 * What the agent could write is no more than a claim: the copy is reached without following links, and only what the adapter
 * accepts as the same login goes back. What an adapter cannot tell apart from the user's login, an agent can put in its
 * place: where a key can be put in outside, no login needs to be lent.
 */
import { createHash } from "node:crypto";
import { constants, lstatSync, readFileSync, renameSync } from "node:fs";
import {
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  stat,
  unlink,
} from "node:fs/promises";
import path from "node:path";
import { realPath } from "../process/real-path.ts";
import { withFileLock } from "./file-lock.ts";

export interface LendLoginOptions {
  /** The user's login file. A link is followed once, now: what it leads to is the file from then on. */
  file: string;
  /**
   * Where the session gets its copy: absolute, without a link on the way. Its folder is made, 0700, and may be the agent's to
   * write; no other session has the same.
   */
  copy: string;
  /**
   * A private folder of Tutti, the same for everybody on this machine, that no agent may write: locks, and what each copy
   * was made from, so that a copy outlives the process that lent it.
   */
  records: string;
  /** When the token in a file expires, in milliseconds; undefined when that cannot be told. */
  expiryOf?(content: string): number | undefined;
  /**
   * Whether a changed file is the same login as before, with other tokens. Unless given: it is a JSON object that is not
   * empty. It is also what tells a file that is half written from a whole one: such a one is not the same as itself. A fault
   * is a no.
   */
  accepts?(before: string, after: string): boolean;
}

/**
 * What came of it: `same`, nothing had changed; `returned`, the user's file now holds what the copy holds; `refreshed`, the
 * copy now holds what the user's file holds; `unacceptable`, what should go over is no whole login, or not the same, and both
 * stay as they are; `logged-out`, the user's file is gone, and so is the copy.
 */
export type TakenBack = "same" | "returned" | "refreshed" | "unacceptable" | "logged-out";

export interface LentLogin {
  /**
   * Brings the user's file and the copy together, by whichever is right. To be called after each turn, and at intervals
   * during a long one. Throws when files cannot be read or written; both are whole then, and it may be called again.
   */
  takeBack(): Promise<TakenBack>;
  /** Takes back for the last time and removes the copy. Nothing may use it any more. May be called again. */
  end(): Promise<TakenBack>;
}

/** Login files are small; what is larger is none. */
const mostBytes = 1024 * 1024;

/**
 * Makes a copy of mode 0600. A copy that a process left behind is taken back first. Answers undefined when there is no login
 * file. Throws when the file is none, or the copy cannot be made.
 */
export async function lendLogin(options: LendLoginOptions): Promise<LentLogin | undefined> {
  const { copy, records } = options;
  await mkdir(records, { recursive: true, mode: 0o700 });
  const folder = path.dirname(copy);
  // An agent that had this place before may have left a link on the way.
  if ((await realPath(folder, "/")) !== folder)
    throw new Error(`${folder} leads elsewhere: remove the link in it`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = await realpath(options.file).catch(absent);
  if (file === undefined) return undefined;
  const kept = await readRecord(recordOf(records, copy));
  if (kept) await underLock(records, kept.file, () => takeBack(kept, options));
  const lent = await underLock(records, file, async () => {
    const login = await readUsers(file);
    if (login === undefined) return undefined;
    await using opened = await openFolder(folder);
    // The copy first: a record that ran ahead of it would make an older copy look new.
    await writeWhole(path.join(opened.path, path.basename(copy)), login, { mode: 0o600 });
    const record: LendRecord = { file, copy, folder: opened.identity, base: digest(login) };
    await writeRecord(records, record);
    return record;
  });
  if (!lent) return undefined;
  let ended: Promise<TakenBack> | undefined;
  const end = () =>
    underLock(records, file, async () => {
      const taken = await takeBack(lent, options);
      await forget(lent, records);
      return taken;
    });
  return {
    takeBack: () => ended ?? underLock(records, file, () => takeBack(lent, options)),
    end() {
      ended ??= end().catch((error: unknown) => {
        ended = undefined;
        throw error;
      });
      return ended;
    },
  };
}

/**
 * Takes back what processes left behind that are gone, and removes those copies. To be called when no session of this
 * machine is under way. Throws after all were tried, when some could not be taken back; they are kept then.
 */
export async function takeBackLogins(
  options: Pick<LendLoginOptions, "records" | "expiryOf" | "accepts">,
): Promise<void> {
  const { records } = options;
  const faults: unknown[] = [];
  for (const name of (await readdir(records).catch(absent)) ?? []) {
    if (!name.endsWith(recordEnding)) continue;
    try {
      const record = await readRecord(path.join(records, name));
      if (!record) continue;
      await underLock(records, record.file, async () => {
        await takeBack(record, options);
        await forget(record, records);
      });
    } catch (error) {
      faults.push(error);
    }
  }
  if (faults.length > 0) throw new AggregateError(faults, "some lent logins could not be taken back");
}

/** What a copy was made from. */
interface LendRecord {
  file: string;
  copy: string;
  /** Which folder the copy was made in, wherever its path leads now. */
  folder: string;
  /** The digest of what file and copy last had in common; empty when the file was gone. */
  base: string;
}

type Judgement = Pick<LendLoginOptions, "records" | "expiryOf" | "accepts">;

/** Under the file's lock. Every step leaves both files whole, and what was not finished is found and done the next time. */
async function takeBack(record: LendRecord, judgement: Judgement): Promise<TakenBack> {
  const { records, expiryOf } = judgement;
  const accepts = (before: string, after: string): boolean => {
    try {
      return (judgement.accepts ?? isObject)(before, after);
    } catch {
      return false;
    }
  };
  const { file, base } = record;
  // What a process left that was killed in the middle.
  await remove(draftOf(file));
  const users = await readUsers(file);
  await using folder = await openFolder(path.dirname(record.copy)).catch(() => undefined);
  const copy =
    folder?.identity === record.folder ? path.join(folder.path, path.basename(record.copy)) : undefined;
  const settle = async (common: string) => {
    if (record.base === common) return;
    record.base = common;
    await writeRecord(records, record);
  };
  const refresh = async (login: string, into: string): Promise<TakenBack> => {
    await writeWhole(into, login, { mode: 0o600 });
    await settle(digest(login));
    return "refreshed";
  };
  if (users === undefined) {
    if (copy !== undefined) await remove(copy);
    await settle("");
    return "logged-out";
  }
  if (copy === undefined) return "unacceptable";
  const sessions = await readSessions(copy);
  if (sessions === undefined) {
    const missing = (await lstat(copy).catch(absent)) === undefined;
    return missing && digest(users) !== base ? await refresh(users, copy) : "unacceptable";
  }
  if (sessions.content === users) {
    await settle(digest(users));
    return "same";
  }
  // The user's own CLI may be writing just now.
  if (!accepts(users, users)) return "unacceptable";
  if (digest(sessions.content) === base) return await refresh(users, copy);
  if (!accepts(users, sessions.content)) return "unacceptable";
  const returns =
    digest(users) === base ||
    // Both have changed: the user's own change counts, another session's only when it is newer.
    ((await readReturned(records, file)) === digest(users) &&
      isNewer(sessions, { content: users, changedAt: (await stat(file)).mtimeMs }, expiryOf));
  if (!returns) return await refresh(users, copy);
  if (!(await replaceUsers(records, file, users, sessions.content)))
    return await refresh((await readUsers(file)) ?? users, copy);
  await settle(digest(sessions.content));
  return "returned";
}

/** Removes a copy and what is known of it. */
async function forget(record: LendRecord, records: string): Promise<void> {
  await using folder = await openFolder(path.dirname(record.copy)).catch(() => undefined);
  if (folder?.identity === record.folder) await remove(path.join(folder.path, path.basename(record.copy)));
  await remove(recordOf(records, record.copy));
}

interface OpenedFolder extends AsyncDisposable {
  /** Leads to this very folder as long as it is open, whatever an agent puts in its place; where the system lets it. */
  path: string;
  identity: string;
}

/** Throws when there is no folder, or a link in its place. */
async function openFolder(folder: string): Promise<OpenedFolder> {
  const handle: FileHandle = await open(
    folder,
    constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW,
  );
  const { dev, ino } = await handle.stat({ bigint: true });
  return {
    path: process.platform === "linux" ? `/proc/self/fd/${handle.fd}` : folder,
    identity: `${dev}:${ino}`,
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

interface Held {
  content: string;
  /** Milliseconds. */
  changedAt: number;
}

function isNewer(one: Held, other: Held, expiryOf: LendLoginOptions["expiryOf"]): boolean {
  const [mine, theirs] = [expiryOf?.(one.content), expiryOf?.(other.content)];
  if (mine !== undefined && theirs !== undefined && mine !== theirs) return mine > theirs;
  return one.changedAt > other.changedAt;
}

/** Puts a new content in the place of the user's file, which keeps its mode and owner; false when it has just changed. */
async function replaceUsers(
  records: string,
  file: string,
  expected: string,
  content: string,
): Promise<boolean> {
  const { mode, uid, gid } = await lstat(file);
  const draft = draftOf(file);
  await writeNew(draft, content, { mode: mode & 0o7777, uid, gid });
  await writeWhole(returnedOf(records, file), digest(content), { mode: 0o600 });
  // The user's CLI knows nothing of our lock: look and replace without a step between.
  if (!lstatSync(file).isFile() || readFileSync(file, "utf8") !== expected) {
    await remove(draft);
    return false;
  }
  renameSync(draft, file);
  await syncFolder(path.dirname(file));
  return true;
}

/** The user's file; undefined when it is gone. Throws when it is not a file, or too large for a login. */
async function readUsers(file: string): Promise<string | undefined> {
  const found = await lstat(file).catch(absent);
  if (found === undefined) return undefined;
  if (!found.isFile()) throw new Error(`${file} is no file any more: look what became of the login`);
  if (found.size > mostBytes) throw new Error(`${file} is too large for a login file`);
  return readFile(file, "utf8").catch(absent);
}

/** The copy as it is now; undefined when it is gone, a link, no file, or too large. */
async function readSessions(copy: string): Promise<Held | undefined> {
  // A pipe would otherwise be waited for.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(copy, flags).catch(() => undefined);
  if (!handle) return undefined;
  try {
    const found = await handle.stat();
    if (!found.isFile() || found.size > mostBytes) return undefined;
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(mostBytes + 1), position: 0 });
    if (bytesRead > mostBytes) return undefined;
    return { content: buffer.toString("utf8", 0, bytesRead), changedAt: found.mtimeMs };
  } finally {
    await handle.close();
  }
}

function isObject(_before: string, after: string): boolean {
  try {
    const value: unknown = JSON.parse(after);
    return (
      typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
    );
  } catch {
    return false;
  }
}

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");
const short = (text: string): string => digest(text).slice(0, 32);
const recordEnding = ".lent";
const recordOf = (records: string, copy: string): string => path.join(records, short(copy) + recordEnding);
/** What is about to take the place of a user's file, beside it; always the same. */
const draftOf = (file: string): string => path.join(path.dirname(file), `.${path.basename(file)}.tutti`);
/** Where it is kept what was last written to a file from here. */
const returnedOf = (records: string, file: string): string => path.join(records, `${short(file)}.returned`);
const readReturned = (records: string, file: string) =>
  readFile(returnedOf(records, file), "utf8").catch(absent);

const underLock = <T>(records: string, file: string, action: () => Promise<T>): Promise<T> =>
  withFileLock(path.join(records, `${short(file)}.lock`), action);

const writeRecord = (records: string, record: LendRecord) =>
  writeWhole(recordOf(records, record.copy), JSON.stringify(record), { mode: 0o600 });

/** Undefined when there is none, or none of ours. */
async function readRecord(file: string): Promise<LendRecord | undefined> {
  const text = await readFile(file, "utf8").catch(absent);
  if (text === undefined) return undefined;
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(value));
  const [users, copy, folder, base] = ["file", "copy", "folder", "base"].map((name) => fields.get(name));
  if (typeof users !== "string" || typeof copy !== "string") return undefined;
  if (typeof folder !== "string" || typeof base !== "string") return undefined;
  return { file: users, copy, folder, base };
}

interface Ownership {
  mode: number;
  uid?: number;
  gid?: number;
}

/** Makes or replaces a file of our own; it is there as a whole or as it was. */
async function writeWhole(file: string, content: string, ownership: Ownership): Promise<void> {
  const draft = path.join(path.dirname(file), `.${path.basename(file)}.draft`);
  await remove(draft);
  await writeNew(draft, content, ownership);
  await rename(draft, file);
  await syncFolder(path.dirname(file));
}

/** Makes a file that must not be there yet, so that no link is followed; it is never wider than it is to be. */
async function writeNew(file: string, content: string, { mode, uid, gid }: Ownership): Promise<void> {
  const handle = await open(file, "wx", 0o600);
  try {
    await handle.writeFile(content);
    const found = await handle.stat();
    if (uid !== undefined && gid !== undefined && (found.uid !== uid || found.gid !== gid))
      await handle.chown(uid, gid);
    await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const remove = (file: string): Promise<void> =>
  unlink(file).catch((error: unknown) => {
    if (!isAbsence(error)) throw error;
  });

const isAbsence = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT";

function absent(error: unknown): undefined {
  if (!isAbsence(error)) throw error;
}
