import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { link, mkdir, open, readFile, stat, unlink } from "node:fs/promises";
import path from "node:path";
import type { Scope } from "@tutti/core";

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
 * Reads the tokens, which are made at the first start and stay the same. Throws when a token's file may be read by
 * others, or holds none.
 */
export async function openAccess(stateDir: string): Promise<Access> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const hashes = new Map<TokenScope, Buffer>();
  for (const scope of ["person", "runner"] as const)
    hashes.set(scope, hash(await readOrMake(tokenFile(stateDir, scope), scope)));
  return {
    scopeOf(authorization) {
      const token = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
      if (token === undefined) return undefined;
      const given = hash(token);
      let found: TokenScope | undefined;
      for (const [scope, known] of hashes) if (timingSafeEqual(given, known)) found = scope;
      return found;
    },
  };
}

/** Equal lengths, whatever was given. */
const hash = (token: string): Buffer => createHash("sha256").update(token).digest();

async function readOrMake(file: string, scope: TokenScope): Promise<string> {
  const kept = await readKept(file);
  if (kept !== undefined) return kept;
  const scratch = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  const handle = await open(scratch, "wx", 0o600);
  try {
    await handle.writeFile(`tutti_${scope}_${randomBytes(32).toString("base64url")}\n`);
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
