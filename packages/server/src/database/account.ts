import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * As whom PostgreSQL's programs run; they refuse to run as root.
 *
 * - `self`: as the user Tutti runs as, who is not root.
 * - `namespace`: Tutti is root; the programs run in place, in a user namespace where they see themselves as an
 *   ordinary user. Their files belong to root, so a folder only root can enter holds them well.
 * - `user`: Tutti is root; the programs run as another user, who must be able to enter the folders they use.
 */
export type Account =
  | { readonly kind: "self" }
  | { readonly kind: "namespace" }
  | { readonly kind: "user"; readonly uid: number; readonly gid: number };

/** How to call a program as an account: what `spawn` and `execFile` take. */
export interface Invocation {
  readonly file: string;
  readonly args: string[];
  readonly options: { cwd: string; env: Record<string, string>; uid?: number; gid?: number };
}

/** uid and gid of nobody, the account inside the user namespace: initdb wants one that the machine has a name for. */
const NOBODY = 65_534;
const INTO_NAMESPACE = ["--user", `--map-user=${NOBODY}`, `--map-group=${NOBODY}`, "--"];

/**
 * The call of `program` as `account`. The environment is bare, so that no PG* variable of the caller changes what
 * the program does and its messages are English; the working folder is one that every account can enter.
 */
export function invocation(account: Account, program: string, args: readonly string[]): Invocation {
  const options = { cwd: "/", env: { PATH: process.env.PATH ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" } };
  switch (account.kind) {
    case "self":
      return { file: program, args: [...args], options };
    case "namespace":
      return { file: "unshare", args: [...INTO_NAMESPACE, program, ...args], options };
    case "user":
      return { file: program, args: [...args], options: { ...options, uid: account.uid, gid: account.gid } };
  }
}

/** Whether this machine lets Tutti, as root, run a program in a user namespace (many containers do not). */
export async function canUseNamespaces(): Promise<boolean> {
  try {
    await run("unshare", [...INTO_NAMESPACE, "true"], { timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}

/**
 * An ordinary user of the machine to run PostgreSQL as when Tutti is root and user namespaces are not to be had:
 * `tutti` when the machine has such a user, else `nobody`. Throws when it has neither.
 */
export async function ordinaryUser(passwd = "/etc/passwd"): Promise<{ uid: number; gid: number }> {
  const lines = (await readFile(passwd, "utf8")).split("\n").map((line) => line.split(":"));
  for (const wanted of ["tutti", "nobody"]) {
    const [, , uid, gid] = lines.find(([name]) => name === wanted) ?? [];
    if (uid !== undefined && gid !== undefined && Number(uid) !== 0)
      return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(
    "PostgreSQL does not run as root, and this machine has neither user namespaces nor a user named tutti or nobody. " +
      "Add a system user (useradd --system tutti), run Tutti as an ordinary user, or use --database-url.",
  );
}
