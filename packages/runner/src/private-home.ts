/**
 * The home of one session: what its agent's program keeps of settings, logins and history, apart from the person's.
 *
 * It stays between turns, so that the program finds its history again. Settings are copied anew at each opening; what the
 * program does to its copies stays with the session, but for a login that it renews.
 */
import { cp, mkdir, rm, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import type { HarnessNeeds } from "@tutti/core";
import { type LentLogin, lendLogin } from "./model-proxy/index.ts";

/** Where it is noted which logins are lent: Tutti's own, shared by all sessions of the machine. */
export const loginRecords = (stateFolder: string): string => join(stateFolder, "lent-logins");

export interface PrivateHome {
  /** Stands in the place of the person's home. */
  folder: string;
  /** Stands in the place of /tmp. */
  temporary: string;
  /** Folders outside the home that the program keeps things in. */
  mounts: readonly { from: string; to: string; writable: boolean }[];
  /** Lets renewed logins go back to the person. Never rejects. */
  takeBack(): Promise<readonly string[]>;
}

export interface PrivateHomeOptions {
  /** Private to the session, kept between turns. */
  folder: string;
  /** The person's home. */
  home: string;
  keeps: HarnessNeeds["keeps"];
  /** Whether a login that lies in a file is wanted inside. */
  withLogins: boolean;
  /** Tutti's own, shared by all sessions of the machine. */
  records: string;
  /** The folder of the session that this one is a copy of, for its history. */
  forkOf?: string;
}

/** Makes the home, or finds it again. */
export async function openPrivateHome(options: PrivateHomeOptions): Promise<PrivateHome> {
  const { folder, home, keeps, withLogins, records, forkOf } = options;
  const [own, temporary] = [join(folder, "home"), join(folder, "tmp")];
  const isNew = (await stat(own).catch(() => undefined)) === undefined;
  if (isNew && forkOf !== undefined)
    await cp(join(forkOf, "home"), own, { recursive: true, verbatimSymlinks: true }).catch(() => {});
  await mkdir(own, { recursive: true, mode: 0o700 });
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true, mode: 0o700 });

  const mounts: PrivateHome["mounts"][number][] = [];
  const logins: { file: string; login: LentLogin }[] = [];
  for (const [index, { folder: known, copied, login }] of keeps.entries()) {
    const below = relative(home, known);
    const inHome = below === "" || !(below.startsWith("..") || below.startsWith("/"));
    const place = inHome ? join(own, below) : join(folder, `kept-${index}`);
    await mkdir(place, { recursive: true, mode: 0o700 });
    if (!inHome) mounts.push({ from: place, to: known, writable: true });
    for (const name of copied) {
      // A history that the program has written already is not the person's to bring.
      await rm(join(place, name), { recursive: true, force: true });
      await cp(join(known, name), join(place, name), { recursive: true, dereference: true }).catch(() => {});
    }
    if (login === undefined || !withLogins) continue;
    const file = join(known, login);
    const lent = await lendLogin({ file, copy: join(place, login), records });
    if (lent) logins.push({ file, login: lent });
  }
  return {
    folder: own,
    temporary,
    mounts,
    async takeBack() {
      const told: string[] = [];
      for (const { file, login } of logins)
        try {
          if ((await login.end()) === "unacceptable")
            told.push(`The agent's program left ${file} in a form that is no login; yours stays as it was.`);
        } catch (error) {
          told.push(`A renewed login could not be brought back to ${file}: ${messageOf(error)}`);
        }
      return told;
    },
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
