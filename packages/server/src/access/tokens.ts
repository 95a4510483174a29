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
import { timingSafeEqual } from "node:crypto";
import path from "node:path";
import type { Scope } from "@tutti/core";
import { keptSecret } from "./kept-secret.ts";
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
    hashes.set(scope, hashSecret(await keptSecret(tokenFile(stateDir, scope), () => makeSecret(scope))));
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
