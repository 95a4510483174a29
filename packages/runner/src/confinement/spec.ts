/**
 * What a confined program may reach: plain data, absolute paths. Everything that is not named here does not exist inside,
 * apart from the system's own programs and settings (read only, without what only some users may read), a private /tmp,
 * and empty /var, /run and /dev/shm.
 *
 * All programs that share a HOME share the spec's mounts, too: what runs inside cannot replace a folder that leads to a mount
 * as long as the mount is there.
 *
 * A folder that is visible carries its unix sockets with it, read only or not: name none that holds somebody else's.
 */
export interface ConfinementSpec {
  /** Where the program works: writable, at its own path. Not the user's HOME nor a folder above it. */
  readonly workspace: string;
  /**
   * `path` is the user's real HOME; inside, `folder` stands in its place. The folder is private to a session (0700, made if
   * missing) and stays between turns, so that what a program remembers there is found again.
   */
  readonly home: { readonly path: string; readonly folder: string };
  /** Stands in the place of /tmp, as `home.folder` does: private, made if missing, emptied by the caller. */
  readonly temporary: string;
  /** More paths, read only, at their own place: programs, toolchains. */
  readonly readable: readonly string[];
  /** More paths, writable, at their own place: the session's folder with its settings and sockets. */
  readonly writable: readonly string[];
  /** Paths that are seen elsewhere than they are. Later ones win over earlier ones at the same place. */
  readonly mounts: readonly { readonly from: string; readonly to: string; readonly writable: boolean }[];
  /**
   * The whole network: a port of the loopback inside, and the unix socket outside that it leads to. The socket's folder is
   * visible inside, read only, and must hold nothing else.
   */
  readonly ports: readonly { readonly port: number; readonly socket: string }[];
  /** Variables that hold for every program inside, over what its caller asks for. HOME and TMPDIR follow from the spec. */
  readonly environment: Readonly<Record<string, string>>;
  /** For everything inside together, as far as the machine can: see `Confinement.limited`. */
  readonly limits: { readonly processes?: number; readonly memoryBytes?: number };
}
