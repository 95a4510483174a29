import type { ConfinementSpec } from "./spec.ts";

/**
 * A profile for macOS' `sandbox-exec -p`, as near to a spec as Seatbelt comes. UNTESTED on a real machine: nothing uses it, and
 * `confinementHere` answers that macOS does not hold, until somebody has tried the escapes there.
 *
 * A small profile of our own rather than a library: what the spec says maps to a page of rules, while the library that was looked
 * at brings proxies and settings that contradict it.
 *
 * What it cannot do: HOME and /tmp stay where they are. HOME is closed apart from what the spec names, so that the caller
 * points HOME at `home.folder` and TMPDIR at `temporary`; `mounts` to another place are not possible and are a fault. Ports
 * are only let through: somebody has to listen on them. Limits and processes of others are not covered.
 */
export function seatbeltProfile(spec: ConfinementSpec): string {
  const moved = spec.mounts.find(({ from, to }) => from !== to);
  if (moved) throw new Error(`macOS cannot show ${moved.from} at ${moved.to} to a confined program.`);
  const writable = [
    spec.workspace,
    spec.home.folder,
    spec.temporary,
    ...spec.writable,
    ...spec.mounts.filter((mount) => mount.writable).map(({ to }) => to),
  ];
  const readable = [...spec.readable, ...spec.mounts.filter((mount) => !mount.writable).map(({ to }) => to)];
  const subpaths = (paths: readonly string[]) => paths.map((path) => `(subpath ${quoted(path)})`).join(" ");
  return `${[
    "(version 1)",
    "(deny default)",
    "(allow process-exec process-fork)",
    "(allow signal process-info* (target same-sandbox))",
    "(allow sysctl-read)",
    '(allow mach-lookup (global-name "com.apple.system.opendirectoryd.libinfo") (global-name "com.apple.system.logger"))',
    "(allow file-read-metadata)",
    `(allow file-read* ${subpaths(["/usr", "/bin", "/sbin", "/System", "/Library", "/opt", "/private/etc", "/private/var/db/timezone"])} (literal "/"))`,
    '(allow file-read* file-write-data file-ioctl (literal "/dev/null") (literal "/dev/zero") (literal "/dev/random") (literal "/dev/urandom") (literal "/dev/tty"))',
    // Later rules win: first HOME is closed, then what was named is opened.
    `(deny file-read* file-write* (subpath ${quoted(spec.home.path)}))`,
    ...(readable.length > 0 ? [`(allow file-read* ${subpaths(readable)})`] : []),
    `(allow file-read* file-write* ${subpaths(writable)})`,
    ...(readable.length > 0 ? [`(deny file-write* ${subpaths(readable)})`] : []),
    "(deny network*)",
    ...spec.ports.map(({ port }) => `(allow network-outbound (remote ip "localhost:${port}"))`),
  ].join("\n")}\n`;
}

function quoted(path: string): string {
  return `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
