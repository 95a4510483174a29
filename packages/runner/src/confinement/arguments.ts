import type { Mount } from "./mounts.ts";
import type { SystemFolders } from "./system-folders.ts";

/** Everything that a bubblewrap call depends on. */
export interface BubblewrapCall {
  system: SystemFolders;
  mounts: readonly Mount[];
  /** Who the program is inside, where that differs from who starts it: root outside is an ordinary user inside. */
  account?: { uid: number; gid: number };
  /** The descriptor of the filter. */
  seccomp: number;
  /** Files that are read from descriptors, and where they are seen. */
  written: readonly { descriptor: number; path: string }[];
  environment: Readonly<Record<string, string>>;
  cwd: string;
}

export const HOST_NAME = "tutti";

const MEBIBYTE = 1024 * 1024;
/** Room in memory for what is empty at the start. */
const SIZES = { "/var": 512 * MEBIBYTE, "/run": 16 * MEBIBYTE, "/dev/shm": 1024 * MEBIBYTE } as const;

/** The options of a bubblewrap call, in the order in which they take effect. Pure. */
export function bubblewrapArguments(call: BubblewrapCall): string[] {
  const { system, mounts, account, seccomp, written, environment, cwd } = call;
  const empty = (path: keyof typeof SIZES) => ["--size", String(SIZES[path]), "--tmpfs", path];
  return [
    ...["user", "ipc", "pid", "net", "uts", "cgroup-try"].map((namespace) => `--unshare-${namespace}`),
    ...["--die-with-parent", "--new-session", "--disable-userns", "--assert-userns-disabled"],
    ...(account ? ["--uid", String(account.uid), "--gid", String(account.gid)] : []),
    ...["--cap-drop", "ALL", "--hostname", HOST_NAME, "--seccomp", String(seccomp)],
    ...system.folders.flatMap((path) => ["--ro-bind", path, path]),
    ...system.links.flatMap(({ path, target }) => ["--symlink", target, path]),
    ...["--proc", "/proc", "--dev", "/dev"],
    ...system.fixed.flatMap((path) => ["--ro-bind", path, path]),
    ...system.hidden.flatMap(({ path, kind }) =>
      kind === "file"
        ? ["--ro-bind", "/dev/null", path]
        : ["--perms", "0755", "--size", "4096", "--tmpfs", path, "--remount-ro", path],
    ),
    ...["--perms", "1777", ...empty("/dev/shm"), ...empty("/var"), ...empty("/run")],
    ...["--perms", "1777", "--dir", "/var/tmp"],
    ...mounts.flatMap(({ from, to, writable }) => [writable ? "--bind" : "--ro-bind", from, to]),
    ...written.flatMap(({ descriptor, path }) => [
      "--perms",
      "0444",
      "--ro-bind-data",
      String(descriptor),
      path,
    ]),
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
