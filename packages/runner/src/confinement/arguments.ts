import type { Mount } from "./mounts.ts";
import type { SystemFolders } from "./system-folders.ts";

/** Everything that a bubblewrap call depends on. */
export interface BubblewrapCall {
  system: SystemFolders;
  mounts: readonly Mount[];
  /** Who the program is inside, where that differs from who starts it: root outside is an ordinary user inside. */
  account?: { uid: number; gid: number };
  /** File descriptors: the filter, and the two lists of accounts. */
  descriptors: { seccomp: number; passwd: number; group: number };
  environment: Readonly<Record<string, string>>;
  cwd: string;
}

const MEBIBYTE = 1024 * 1024;
/** Room in memory for what is empty at the start. */
const SIZES = { "/var": 512 * MEBIBYTE, "/run": 16 * MEBIBYTE, "/dev/shm": 1024 * MEBIBYTE } as const;

/** The options of a bubblewrap call, in the order in which they take effect. Pure. */
export function bubblewrapArguments(call: BubblewrapCall): string[] {
  const { system, mounts, account, descriptors, environment, cwd } = call;
  const empty = (path: keyof typeof SIZES) => ["--size", String(SIZES[path]), "--tmpfs", path];
  return [
    ...["user", "ipc", "pid", "net", "uts", "cgroup-try"].map((namespace) => `--unshare-${namespace}`),
    ...["--die-with-parent", "--new-session", "--disable-userns", "--assert-userns-disabled"],
    ...(account ? ["--uid", String(account.uid), "--gid", String(account.gid)] : []),
    ...["--cap-drop", "ALL", "--hostname", "tutti", "--seccomp", String(descriptors.seccomp)],
    ...system.folders.flatMap((path) => ["--ro-bind", path, path]),
    ...system.links.flatMap(({ path, target }) => ["--symlink", target, path]),
    ...system.hidden.flatMap(({ path, kind }) =>
      kind === "file" ? ["--ro-bind", "/dev/null", path] : ["--perms", "0755", "--size", "4096", "--tmpfs", path, "--remount-ro", path],
    ),
    ...["--perms", "0644", "--ro-bind-data", String(descriptors.passwd), "/etc/passwd"],
    ...["--perms", "0644", "--ro-bind-data", String(descriptors.group), "/etc/group"],
    ...["--proc", "/proc", "--dev", "/dev"],
    ...["--perms", "1777", ...empty("/dev/shm"), ...empty("/var"), ...empty("/run")],
    ...["--perms", "1777", "--dir", "/var/tmp"],
    ...mounts.flatMap(({ from, to, writable }) => [writable ? "--bind" : "--ro-bind", from, to]),
    ...["--remount-ro", "/run", "--remount-ro", "/"],
    "--clearenv",
    ...Object.entries(environment).flatMap(([name, value]) => ["--setenv", name, value]),
    ...["--chdir", cwd],
  ];
}

/** The form in which a program takes options from a file descriptor. A NUL within one is a fault. */
export function nulSeparated(options: readonly string[]): Buffer {
  const broken = options.find((option) => option.includes("\0"));
  if (broken !== undefined) throw new TypeError(`a NUL in ${JSON.stringify(broken)}`);
  return Buffer.from(options.map((option) => `${option}\0`).join(""));
}
