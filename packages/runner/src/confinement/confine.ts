import { existsSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { ConfinedCall, Confinement as Held, ProgramCall } from "@tutti/core";
import { bubblewrapArguments, HOST_NAME, nulSeparated } from "./arguments.ts";
import type { Bubblewrap } from "./find-bubblewrap.ts";
import { type Limited, openLimits } from "./limits.ts";
import { plannedMounts, refuseLinks, socketFolder, socketFolders } from "./mounts.ts";
import { findPortRelay, type PortRelay, portRelayScript, throughPortRelay } from "./port-relay.ts";
import { seccompFilter } from "./seccomp.ts";
import type { ConfinementSpec } from "./spec.ts";
import { systemFolders } from "./system-folders.ts";

/**
 * A place in which programs run with what its spec names and nothing else: one session's, for a turn or for many.
 *
 * Whoever opened it closes it, after the programs inside have ended.
 */
export interface Confinement extends Held {
  /**
   * The call that runs a program inside. The program sees `call.env` under the spec's own variables. Whatever ends the call's
   * process ends everything inside at once: a polite signal does not reach the program, so that a harness is stopped by its protocol first.
   * Throws when a folder of the spec has been replaced by a link, or when the machine cannot filter system calls.
   */
  wrap(call: ProgramCall): ConfinedCall;
  readonly limited: Limited;
  /** Ends what may still be inside and gives the machine back what the limits took. Bounded, never rejects. */
  close(): Promise<void>;
}

const ARGUMENTS = 3;
const SECCOMP = 4;
const HOSTS = "/etc/hosts";
const RELAY_SCRIPT = "/run/tutti/ports";
/** Whom root is inside: programs refuse much to root that they do for a user. Outside, what they write is root's. */
const ROOTS_ACCOUNT = { uid: 1000, gid: 1000 };
const DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";

/**
 * Opens a confinement; nothing runs yet. Rejects with a plain sentence on a spec that cannot be kept.
 * Whether confinement holds on this machine at all is `confinementHere`'s to say, and to be asked before.
 */
export async function confine(
  spec: ConfinementSpec,
  bubblewrap: Pick<Bubblewrap, "program">,
  relayed?: PortRelay,
): Promise<Confinement> {
  const { arch } = process;
  if (process.platform !== "linux" || (arch !== "x64" && arch !== "arm64"))
    throw new Error(`Programs cannot be confined on ${process.platform} ${arch}.`);
  const relay = relayed ?? (await findPortRelay());
  const programs = relay.kind === "node" && spec.ports.length > 0 ? [relay.program] : [];
  const [{ mounts, places }, system] = await Promise.all([plannedMounts(spec, programs), systemFolders()]);
  const seccomp = seccompFilter(arch);
  const account = process.getuid?.() === 0 ? ROOTS_ACCOUNT : undefined;
  const { passwd, group } = accountLists(
    account ?? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
    spec.home.path,
  );
  const folders = socketFolders(spec);
  const ports = spec.ports.map(({ port, socket }) => ({
    port,
    socket: `${socketFolder(folders.indexOf(dirname(socket)))}/${basename(socket)}`,
  }));
  const written = [
    { path: "/etc/passwd", content: passwd },
    { path: "/etc/group", content: group },
    ...(existsSync(HOSTS)
      ? [{ path: HOSTS, content: Buffer.from(`127.0.0.1 localhost ${HOST_NAME}\n::1 localhost\n`) }]
      : []),
    ...(ports.length > 0 ? [{ path: RELAY_SCRIPT, content: portRelayScript(relay) }] : []),
  ].map((file, index) => ({ ...file, descriptor: SECCOMP + 1 + index }));
  const limits = await openLimits(spec.limits);

  return {
    limited: limits.limited,
    wrap({ command, args, cwd, env }) {
      refuseLinks(places);
      const environment = {
        PATH: DEFAULT_PATH,
        ...definedOnly(env),
        ...spec.environment,
        HOME: spec.home.path,
        TMPDIR: "/tmp",
      };
      const options = bubblewrapArguments({
        system,
        mounts,
        ...(account && { account }),
        seccomp: SECCOMP,
        written,
        environment,
        cwd,
      });
      const inside = limits.bounded(throughPortRelay(relay, RELAY_SCRIPT, ports, [command, ...args]));
      const [first = bubblewrap.program, ...rest] = limits.joined([
        bubblewrap.program,
        "--args",
        String(ARGUMENTS),
        "--",
        ...inside,
      ]);
      return {
        command: first,
        args: rest,
        cwd: "/",
        // What bubblewrap itself was given can be read inside, in the first process's environment.
        env: {},
        files: [nulSeparated(options), seccomp, ...written.map(({ content }) => content)],
      };
    },
    close: () => limits.close(),
  };
}

/** Every program inside finds itself among the accounts, under its HOME; nobody else of this machine. */
function accountLists(
  { uid, gid }: { uid: number; gid: number },
  home: string,
): { passwd: Buffer; group: Buffer } {
  const passwd = [
    "root:x:0:0:root:/nonexistent:/usr/sbin/nologin",
    ...(uid === 0 ? [] : [`agent:x:${uid}:${gid}:agent:${home.replaceAll(":", "_")}:/bin/sh`]),
    ...(uid === 65534 ? [] : ["nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin"]),
  ];
  const group = [
    "root:x:0:",
    ...(gid === 0 ? [] : [`agent:x:${gid}:`]),
    ...(gid === 65534 ? [] : ["nogroup:x:65534:"]),
  ];
  return { passwd: Buffer.from(`${passwd.join("\n")}\n`), group: Buffer.from(`${group.join("\n")}\n`) };
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
