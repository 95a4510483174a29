import { lstatSync } from "node:fs";
import { lstat, mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { ConfinementSpec } from "./spec.ts";

/** One path of the outside, as it is seen inside. */
export interface Mount {
  from: string;
  to: string;
  writable: boolean;
}

/** What is mounted, in order, and the paths outside, in reach of what runs inside, that it is laid over. */
export interface PlannedMounts {
  mounts: Mount[];
  places: string[];
}

/** Where the folders of the ports' sockets are seen inside. */
export const socketFolder = (index: number) => `/run/tutti/${index}`;

/** What is replaced, or shown without its secrets, as a whole: not to be laid open again. */
const COVERED = new Set([
  "/",
  "/bin",
  "/boot",
  "/dev",
  "/etc",
  "/lib",
  "/lib64",
  "/opt",
  "/proc",
  "/run",
  "/sbin",
  "/sys",
  "/tmp",
  "/usr",
  "/usr/local",
  "/var",
]);

/**
 * The mounts that a spec asks for, parents before what lies in them, and where there is none yet, the place for each.
 *
 * Inside a writable folder every folder that leads to another mount is a mount of its own: a mount point cannot be moved
 * away, and so what runs inside can never lead a later mount elsewhere by a link in its place. A link that is there already is a fault.
 *
 * Rejects with a plain sentence on a spec that cannot be kept or that would lay the user's HOME open.
 */
export async function plannedMounts(
  spec: ConfinementSpec,
  programs: readonly string[],
): Promise<PlannedMounts> {
  const folders = socketFolders(spec);
  const asked: Mount[] = [
    { from: spec.home.folder, to: spec.home.path, writable: true },
    { from: spec.temporary, to: "/tmp", writable: true },
    { from: spec.workspace, to: spec.workspace, writable: true },
    ...[...programs, ...spec.readable].map((path) => ({ from: path, to: path, writable: false })),
    ...spec.writable.map((path) => ({ from: path, to: path, writable: true })),
    ...spec.mounts,
    ...folders.map((from, index) => ({ from, to: socketFolder(index), writable: false })),
  ];
  for (const path of asked.flatMap(({ from, to }) => [from, to])) {
    if (!path.startsWith("/") || path !== join(path, ".") || path.includes("\0"))
      throw new Error(
        `${JSON.stringify(path)} is not a plain absolute path, and cannot be shown to a confined program.`,
      );
  }
  for (const { to } of asked.slice(2)) {
    if (!isShowable(to, spec.home.path))
      throw new Error(
        `${to} cannot be shown to a confined program: it would lay open ${spec.home.path} or the system.`,
      );
  }
  for (const folder of [spec.home.folder, spec.temporary]) await privateFolder(folder);
  for (const { from } of asked) {
    if ((await stat(from).catch(() => undefined)) === undefined)
      throw new Error(`${from} is not there, and cannot be shown to a confined program.`);
  }

  const sorted = asked
    .map((mount, index) => ({ mount, index, depth: mount.to.split("/").length }))
    .sort((one, other) => one.depth - other.depth || one.index - other.index)
    .map(({ mount }) => mount);
  const mounts: Mount[] = [];
  const places: string[] = [];
  for (const mount of sorted) {
    const around = mounts.findLast(({ to }) => to !== mount.to && isWithin(mount.to, to));
    if (around?.writable) {
      const { between, place } = await placeFor(mount, around);
      mounts.push(...between);
      places.push(...between.map(({ from }) => from), place);
    }
    mounts.push(mount);
  }
  return { mounts, places };
}

/** The folders that hold the ports' sockets, in the order in which they are numbered inside. */
export function socketFolders({ ports }: ConfinementSpec): string[] {
  return [...new Set(ports.map(({ socket }) => dirname(socket)))];
}

/** Throws when a place has become a link since the mounts were planned: the next program would be led elsewhere by it. */
export function refuseLinks(places: readonly string[]): void {
  for (const place of places) {
    if (lstatSync(place).isSymbolicLink())
      throw new Error(`${place} has become a link; a confined program cannot be started with it.`);
  }
}

/** Whether a path may be named to be shown: not the system's own, which is shown as it is or not at all, and nothing that HOME lies in. */
export function isShowable(path: string, home: string): boolean {
  return !COVERED.has(path) && !isWithin(home, path);
}

export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
}

/** Makes the place where `mount` is laid over the writable folder `around`; answers the folders that lead there as mounts. */
async function placeFor(mount: Mount, around: Mount): Promise<{ between: Mount[]; place: string }> {
  const steps = relative(around.to, mount.to).split("/");
  const between: Mount[] = [];
  let outside = around.from;
  let inside = around.to;
  for (const [index, step] of steps.entries()) {
    outside = join(outside, step);
    inside = join(inside, step);
    const isPlace = index === steps.length - 1;
    const isFolder = !isPlace || (await stat(mount.from)).isDirectory();
    if (!(await isThere(outside, isFolder)))
      await (isFolder
        ? mkdir(outside, { mode: 0o700 })
        : writeFile(outside, "", { flag: "wx", mode: 0o600 }));
    if (!isPlace) between.push({ from: outside, to: inside, writable: true });
  }
  return { between, place: outside };
}

async function isThere(path: string, asFolder: boolean): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return false;
  if (asFolder ? found.isDirectory() : found.isFile()) return true;
  throw new Error(
    `${path} stands where something else is laid for a confined program, and is no ${asFolder ? "folder" : "file"}. Remove it.`,
  );
}

async function privateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const { mode, uid } = await lstat(path);
  if ((mode & 0o077) !== 0 || uid !== process.getuid?.())
    throw new Error(
      `${path} must belong to this user alone (0700) to be a confined program's private folder.`,
    );
}
