/**
 * Who may do what. That a request comes from this machine says nothing: whatever runs here, an agent included, could make it.
 *
 * - **person**: reads all, sends a person's commands, answers questions, signs browsers in. Shown by the person's token, or by
 *   the cookie of a browser that was signed in (`sign-ins.ts`), which says less: it is taken from this server's own pages
 *   alone (`own-origin.ts`).
 * - **runner**: speaks for its host's sessions, under their lease. Shown by the host's token.
 * - **orchestration**: a durable program within the server. It calls functions; there is no token for it, so nothing from
 *   outside can be one.
 * - **agent**: no scope here at all. An agent reaches the unix socket of its own session, which its host made and which is its
 *   identity; there it is spoken to in MCP, hooks and git, never in this API. It has no token because it would have to keep
 *   it where its model, and all that the model reads, could read it too, and could tell it. So there is none to steal, and
 *   nothing with which an agent could approve, change a policy, read another session or make a token. A confined agent sees
 *   neither the state folder nor this server's socket and port.
 *
 * Tokens lie in files of mode 0600 in a folder of mode 0700. They stand in no URL, no log and no environment.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { link, open, readFile, stat, unlink } from "node:fs/promises";
import path from "node:path";
import type { Scope } from "@tutti/core";
import { ensurePrivateFolder } from "./private-folder.ts";
import { hashSecret, makeSecret } from "./secret.ts";

/** The scopes that a token is for, and the file of each in the state folder. A program's commands come by no token. */
const files = { person: "person.token", runner: "host.token" } as const satisfies Partial<
  Record<Scope, string>
>;

export type TokenScope = keyof typeof files;

/** Tells from a request's credentials what its caller may do. */
export interface Access {
  /** The scope of an `Authorization` header; undefined when it holds no token of ours. */
  scopeOf(authorization: string | undefined): TokenScope | undefined;
}

/** The path of a scope's token. Whoever may read the file may act in that scope. */
export const tokenFile = (stateDir: string, scope: TokenScope): string => path.join(stateDir, files[scope]);

/**
 * Reads the tokens, which are made at the first start and stay the same. Throws when the state folder or a token's file may
 * be read by others, or a file holds none.
 */
export async function openAccess(stateDir: string): Promise<Access> {
  await ensurePrivateFolder(stateDir);
  const hashes = new Map<TokenScope, Buffer>();
  for (const scope of ["person", "runner"] as const)
    hashes.set(scope, hashSecret(await readOrMake(tokenFile(stateDir, scope), scope)));
  return {
    scopeOf(authorization) {
      const token = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
      if (token === undefined) return undefined;
      const given = hashSecret(token);
      let found: TokenScope | undefined;
      for (const [scope, known] of hashes) if (timingSafeEqual(given, known)) found = scope;
      return found;
    },
  };
}

async function readOrMake(file: string, scope: TokenScope): Promise<string> {
  const kept = await readKept(file);
  if (kept !== undefined) return kept;
  const scratch = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  const handle = await open(scratch, "wx", 0o600);
  try {
    await handle.writeFile(`${makeSecret(scope)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  // Of several first starts at once, one token wins.
  await link(scratch, file).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  });
  await unlink(scratch);
  const made = await readKept(file);
  if (made === undefined) throw new Error(`${file} vanished while it was made: start again.`);
  return made;
}

async function readKept(file: string): Promise<string | undefined> {
  const found = await stat(file).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  if (!found) return undefined;
  if ((found.mode & 0o077) !== 0)
    throw new Error(
      `${file} may be read by others: see who did, remove it, and start again for a new token.`,
    );
  const token = (await readFile(file, "utf8")).trim();
  if (token.length < 32) throw new Error(`${file} holds no token: remove it, and start again for a new one.`);
  return token;
}
